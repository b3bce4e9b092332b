# The keys that a reload does not carry out, of the table of keys: restart(plain("TABLE", "KEY", ...
{ text = text $0 " " }
END {
    count = split(text, parts, /restart\(/)
    for (i = 2; i <= count; i++) {
        if (parts[i] !~ /^ *[a-z_]+\( *"/) continue
        split(parts[i], words, "\"")
        gsub(/_/, "\\_", words[4])
        list = list (list == "" ? "" : ", ") "*" words[2] "." words[4] "*"
    }
    print list "."
}

# From the annotated configuration file to scdoc: each table becomes a heading, each run of keys with the comment above it
# an entry. What stands before the first table is not about keys.
function plain(text) {
    gsub(/[\\*_`<#]/, "\\\\&", text)
    return text
}
function flush_entry() {
    if (terms != "") printf "%s\n\t%s\n\n", terms, about == "" ? "As its name says." : about
    terms = about = ""
}
/^\[/ {
    flush_entry()
    table = substr($0, 2, length($0) - 2)
    printf "## Table [%s]\n\n", table
    next
}
table == "" { next }
/^#[a-z_]+ = / {
    key = substr($0, 2, index($0, " =") - 2)
    value = substr($0, index($0, "= ") + 2)
    terms = terms (terms == "" ? "" : "++\n") "*" plain(table "." key) "* = " plain(value)
    next
}
/^# / {
    if (terms != "") flush_entry()
    about = about (about == "" ? "" : " ") plain(substr($0, 3))
    next
}
/^$/ { flush_entry() }
END { flush_entry() }

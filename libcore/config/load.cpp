#include "config/load.hpp"

#include "base/text.hpp"
#include "config/load_document.hpp"
#include "config/settings_keys.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>

namespace headspace::config {

namespace {

class loader {
public:
    loader(file_settings& out, std::span<const removed_key> removed)
        : out_(out), removed_(removed) {}

    void take_document(const toml::table& document) {
        for (const auto& [key, node] : document) {
            const std::string table(key.str());
            if (is_table(table) && node.is_table())
                take_table(table, *node.as_table());
            else if (is_table(table))
                complain(key.source(), "[" + table + "] must be a table, written [" + table + "]");
            else
                complain(key.source(), unknown_at_top(table, node));
        }
    }

private:
    static bool is_table(std::string_view name) {
        const auto keys = all_keys();
        return std::any_of(keys.begin(), keys.end(),
                           [&](const key_rule& key) { return key.table == name; });
    }

    void complain(const toml::source_region& where, std::string message) {
        out_.errors.push_back(
            {out_.path, where.begin.line, where.begin.column, std::move(message)});
    }

    static std::string unknown_at_top(const std::string& name, const toml::node& node) {
        if (!node.is_table()) {
            const std::string out = name + ": unknown key outside of a table";
            for (const key_rule& key : all_keys())
                if (key.name == name)
                    return out + "; it belongs in [" + std::string(key.table) + "]";
            return out;
        }
        std::vector<std::string_view> tables;
        for (const key_rule& key : all_keys())
            if (tables.empty() || tables.back() != key.table)
                tables.push_back(key.table);
        const std::string meant = did_you_mean(name, tables);
        return "[" + name + "]: unknown table" +
               (meant.empty() ? "" : "; did you mean [" + meant + "]?");
    }

    static std::string unknown_key(std::string_view table, const std::string& name) {
        std::string out = "[" + std::string(table) + "]." + name + ": unknown key";
        std::vector<std::string_view> here, everywhere;
        for (const key_rule& key : all_keys()) {
            if (key.name == name)
                return out + "; it belongs in [" + std::string(key.table) + "]";
            if (key.table == table)
                here.push_back(key.name);
            everywhere.push_back(key.name);
        }
        if (const std::string meant = did_you_mean(name, here); !meant.empty())
            return out + "; did you mean '" + meant + "'?";
        if (const std::string meant = did_you_mean(name, everywhere); !meant.empty())
            for (const key_rule& key : all_keys())
                if (key.name == meant)
                    return out + "; did you mean '" + meant + "' in [" + std::string(key.table) +
                           "]?";
        return out;
    }

    void take_table(const std::string& table, const toml::table& entries) {
        for (const auto& [toml_key, node] : entries) {
            const std::string name(toml_key.str());
            const key_rule* key = find_key(table, name);
            if (key == nullptr) {
                take_unknown(table, name, toml_key.source());
                continue;
            }
            const std::string wrong = assign(*key, node);
            const toml::source_region& where = node.source();
            if (wrong.empty())
                out_.given[key->dotted()] = {where.begin.line, where.begin.column};
            else
                complain(where, key->bracketed() + " " + wrong);
        }
    }

    void take_unknown(const std::string& table, const std::string& name,
                      const toml::source_region& where) {
        const std::string dotted = table + "." + name;
        const auto gone = std::find_if(removed_.begin(), removed_.end(),
                                       [&](const removed_key& r) { return r.key == dotted; });
        if (gone == removed_.end())
            complain(where, unknown_key(table, name));
        else
            out_.warnings.push_back(
                {out_.path, where.begin.line, where.begin.column,
                 "[" + table + "]." + name +
                     " is no longer a key and is ignored: " + std::string(gone->advice)});
    }

    /// Nothing, or what is wrong; never with the value of a secret.
    std::string assign(const key_rule& key, const toml::node& node) {
        return std::visit([&](auto* member) { return set(key, *member, node); },
                          key.member(out_.values));
    }

    static std::string set(const key_rule& key, std::string& member, const toml::node& node) {
        const auto text = node.value_exact<std::string>();
        if (!text)
            return "must be a string";
        if (text->find('\0') != std::string::npos)
            return "must not contain a NUL";
        if (std::string wrong = check_setting(key, *text); !wrong.empty())
            return wrong;
        member = *text;
        return {};
    }

    static std::string set(const key_rule&, secret& member, const toml::node& node) {
        const auto text = node.value_exact<std::string>();
        if (!text)
            return "must be a string";
        if (text->find('\0') != std::string::npos)
            return "must not contain a NUL";
        member = secret(*text);
        return {};
    }

    static std::string set(const key_rule&, bool& member, const toml::node& node) {
        const auto value = node.value_exact<bool>();
        if (!value)
            return "must be true or false";
        member = *value;
        return {};
    }

    static std::string set(const key_rule& key, std::uint16_t& member, const toml::node& node) {
        return set_number(key, member, node);
    }

    static std::string set(const key_rule& key, std::uint32_t& member, const toml::node& node) {
        return key.kind == key_kind::octal ? set_mode(key, member, node)
                                           : set_number(key, member, node);
    }

    template<class Number>
    static std::string set_number(const key_rule& key, Number& member, const toml::node& node) {
        const auto value = node.value_exact<std::int64_t>();
        if (!value)
            return "must be an integer";
        if (std::string wrong = check_setting(key, *value); !wrong.empty())
            return wrong;
        member = static_cast<Number>(*value);
        return {};
    }

    static std::string set_mode(const key_rule& key, std::uint32_t& member,
                                const toml::node& node) {
        const auto text = node.value_exact<std::string>();
        if (!text || text->empty() || text->size() > 5 ||
            text->find_first_not_of("01234567") != std::string::npos)
            return "must be a file mode as a string, \"0660\"";
        const std::int64_t value = std::stol(*text, nullptr, 8);
        if (std::string wrong = check_setting(key, value); !wrong.empty())
            return wrong;
        member = static_cast<std::uint32_t>(value);
        return {};
    }

    static std::string set(const key_rule& key, duration& member, const toml::node& node) {
        std::optional<std::string> text = node.value_exact<std::string>();
        if (const auto number = node.value_exact<std::int64_t>())
            text = std::to_string(*number);
        if (!text)
            return "must be a number of seconds or a string with a unit (\"250ms\", \"5s\", "
                   "\"2m\")";
        const auto parsed = parse_duration(*text);
        if (!parsed)
            return "is " + parsed.error().text();
        if (std::string wrong = check_setting(key, parsed.value().count()); !wrong.empty())
            return wrong;
        member = parsed.value();
        return {};
    }

    static std::string set(const key_rule&, std::vector<std::string>& member,
                           const toml::node& node) {
        const toml::array* list = node.as_array();
        if (list == nullptr)
            return "must be a list of strings";
        std::vector<std::string> values;
        for (const toml::node& element : *list) {
            if (const auto text = element.value_exact<std::string>(); text && !text->empty())
                values.push_back(*text);
            else if (const auto number = element.value_exact<std::int64_t>())
                values.push_back(std::to_string(*number));
            else
                return "must be a list of strings";
        }
        member = std::move(values);
        return {};
    }

    static std::string set(const key_rule& key, connection_profile& member,
                           const toml::node& node) {
        std::string text;
        std::string wrong = set(key, text, node);
        if (wrong.empty())
            member = profile_from(text);
        return wrong;
    }

    static std::string set(const key_rule& key, reset_policy& member, const toml::node& node) {
        std::string text;
        std::string wrong = set(key, text, node);
        if (wrong.empty())
            member = reset_from(text);
        return wrong;
    }

    file_settings& out_;
    std::span<const removed_key> removed_;
};

} // namespace

std::span<const removed_key> removed_keys() {
    return {}; // the first version has removed nothing yet
}

file_settings load_toml(std::string_view text, std::string path,
                        std::span<const removed_key> removed) {
    file_settings out;
    out.path = std::move(path);
    readable_text readable = drop_unreadable_lines(text, out.path);
    const toml::table document =
        toml::parse(std::string_view(readable.text), std::string_view(out.path));
    wipe(readable.text);
    loader(out, removed).take_document(document);
    out.errors.insert(out.errors.end(), readable.errors.begin(), readable.errors.end());
    std::stable_sort(out.errors.begin(), out.errors.end());
    std::stable_sort(out.warnings.begin(), out.warnings.end());
    return out;
}

} // namespace headspace::config

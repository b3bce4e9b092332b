#include "ctl/complete.hpp"

#include "base/text.hpp"
#include "config/combine.hpp"
#include "ctl/context.hpp"
#include "problems/explanations.hpp"
#include "revisions/directory.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace headspace::ctl {

namespace fs = std::filesystem;

namespace {

struct candidate {
    std::string word;
    std::string about;
};

/// Where the words lead: the command that is being typed, and what is expected next.
struct place {
    const CLI::App* app = nullptr;
    const CLI::Option* value_of = nullptr; // the option whose value comes next
    std::size_t positionals = 0;           // given already
    bool only_positionals = false;         // after "--"
    std::string directory;                 // -d
};

bool is_shown(const CLI::Option& option) {
    return option.nonpositional() && !option.get_group().empty();
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_min() > 0;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
    const auto found =
        app.get_subcommands([&](const CLI::App* one) { return one->get_name() == name; });
    return found.empty() ? nullptr : found.front();
}

/// Of the command or of those above it, which it hands its options to.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
    for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
        for (const CLI::Option* option : at->get_options())
            if (option->check_name(name))
                return option;
    return nullptr;
}

place follow(const CLI::App& app, const std::vector<std::string>& words) {
    place out;
    out.app = &app;
    for (auto word = words.begin(); word + 1 < words.end(); ++word) {
        if (out.value_of != nullptr) {
            if (out.value_of->check_name("--directory"))
                out.directory = *word;
            out.value_of = nullptr;
        } else if (*word == "--") {
            out.only_positionals = true;
        } else if (!out.only_positionals && word->starts_with("-") && word->size() > 1) {
            const std::size_t equals = word->find('=');
            const CLI::Option* option = find_option(*out.app, word->substr(0, equals));
            if (option == nullptr || !takes_value(*option))
                continue;
            if (equals == std::string::npos)
                out.value_of = option;
            else if (option->check_name("--directory"))
                out.directory = word->substr(equals + 1);
        } else if (const CLI::App* command =
                       out.positionals == 0 ? find_command(*out.app, *word) : nullptr) {
            out.app = command;
        } else {
            ++out.positionals;
        }
    }
    return out;
}

/// The n-th argument without a name; the last may take any number.
const CLI::Option* positional(const CLI::App& app, std::size_t n) {
    const CLI::Option* last = nullptr;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional())
            continue;
        last = option;
        if (n-- == 0)
            return option;
    }
    return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

std::vector<candidate> revisions_of(const place& at, const context& ctx) {
    std::vector<candidate> out{
        {"head", "the newest"}, {"heads", "all that are newest"}, {"base", "before the first"}};
    const std::string variable = ctx.environment("HEADSPACE_MIGRATIONS");
    const fs::path directory = !at.directory.empty() ? at.directory
                               : !variable.empty()   ? variable
                                                     : std::string("migrations");
    const auto read = revisions::read_directory(directory);
    if (!read)
        return out;
    for (const revisions::script& script : read->graph.scripts())
        out.push_back({script.revision, script.message});
    return out;
}

/// The configuration files beside the service's own.
std::vector<candidate> instances() {
    std::vector<candidate> out;
    std::error_code ec;
    const fs::path service = config::default_config_file;
    for (const auto& entry : fs::directory_iterator(service.parent_path(), ec))
        if (entry.path().extension() == ".toml" && entry.path() != service)
            out.push_back({entry.path().stem(), entry.path()});
    return out;
}

/// "{text,json,github}" of a type's name.
std::vector<candidate> choices(const std::string& type) {
    std::vector<candidate> out;
    const std::size_t begin = type.find('{');
    const std::size_t end = type.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos)
        return out;
    for (std::string& one : split(type.substr(begin + 1, end - begin - 1), ','))
        out.push_back({std::move(one), ""});
    return out;
}

bool mentions(const std::string& type, std::string_view what) {
    return type.find(what) != std::string::npos;
}

std::vector<candidate> values(const CLI::Option& option, const place& at, const context& ctx) {
    const std::string type = option.get_type_name();
    std::vector<candidate> out = choices(type);
    if (mentions(type, "REV") || mentions(type, "a:b"))
        out = revisions_of(at, ctx);
    if (mentions(type, "CODE"))
        for (problems::explained& one : problems::explain_all())
            out.push_back({std::move(one.name), std::move(one.title)});
    if (option.check_name("--instance"))
        out = instances();
    if (mentions(type, "FILE") || mentions(type, "PATH"))
        out.push_back({":files", ""});
    if (mentions(type, "DIR"))
        out.push_back({":directories", ""});
    return out;
}

void add_options(const CLI::App& app, std::vector<candidate>& out) {
    for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
        for (const CLI::Option* option : at->get_options()) {
            // Each command has a --help of its own.
            if (!is_shown(*option) || (at != &app && option == at->get_help_ptr()))
                continue;
            for (const std::string& name : option->get_lnames())
                out.push_back({"--" + name, option->get_description()});
            for (const std::string& name : option->get_snames())
                out.push_back({"-" + name, option->get_description()});
        }
}

void write(const std::vector<candidate>& all, const std::string& before, const std::string& typed,
           std::ostream& out) {
    for (const candidate& one : all) {
        if (one.word.starts_with(':')) {
            out << one.word << '\n';
            continue;
        }
        if (!one.word.starts_with(typed))
            continue;
        std::string about = one.about.substr(0, one.about.find('\n'));
        std::replace(about.begin(), about.end(), '\t', ' ');
        out << before << one.word << (about.empty() ? "" : "\t") << about << '\n';
    }
}

} // namespace

void complete(const CLI::App& app, const std::vector<std::string>& words, context& ctx) {
    std::string typed = words.empty() ? std::string() : words.back();
    std::string before; // what of the word is settled
    place at = follow(app, words);
    const std::size_t equals = typed.find('=');
    if (at.value_of == nullptr && typed.starts_with("--") && equals != std::string::npos) {
        at.value_of = find_option(*at.app, typed.substr(0, equals));
        before = typed.substr(0, equals + 1);
        typed.erase(0, equals + 1);
        if (at.value_of == nullptr)
            return;
    }
    std::vector<candidate> all;
    const CLI::Option* wanted = at.value_of;
    if (wanted == nullptr && typed.starts_with('-') && !at.only_positionals) {
        add_options(*at.app, all);
        return write(all, before, typed, ctx.out);
    }
    if (wanted == nullptr) {
        if (at.positionals == 0)
            for (const CLI::App* command : at.app->get_subcommands({}))
                if (!command->get_group().empty())
                    all.push_back({command->get_name(), command->get_description()});
        wanted = positional(*at.app, at.positionals);
    }
    if (wanted != nullptr) {
        const std::vector<candidate> more = values(*wanted, at, ctx);
        all.insert(all.end(), more.begin(), more.end());
        // A:B, where both are revisions.
        if (const std::size_t colon = typed.rfind(':'); colon != std::string::npos) {
            before += typed.substr(0, colon + 1);
            typed.erase(0, colon + 1);
        }
    }
    write(all, before, typed, ctx.out);
}

} // namespace headspace::ctl

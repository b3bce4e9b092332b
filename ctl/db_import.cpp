// `db import`: another tool's directory in our own format.
#include "base/text.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_write.hpp"
#include "revisions/import.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <memory>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

struct import_options {
    std::string from;
    std::string format = "auto";
};

void import(context& ctx, const import_options& options) {
    const auto format = revisions::parse_format(options.format);
    if (!format)
        return ctx.fail(make_error(errc::usage, error_class::refuse,
                                   "there is no format \"" + options.format + "\"",
                                   "auto, dbmate, golang-migrate, goose, flyway, diesel"));
    const directory_choice where = new_migrations_directory(ctx);
    const auto done = revisions::import_directory(options.from, *format, where.path,
                                                  std::chrono::system_clock::now());
    if (!done)
        return ctx.fail(done.error());
    for (const std::string& note : done->notes)
        ctx.note(note);
    json::array files;
    std::string text;
    for (const revisions::imported_file& file : done->files) {
        const std::string to = revisions::shown_file(file.name);
        json::object one;
        one["revision"] = file.revision;
        one["from"] = json::array(file.from.begin(), file.from.end());
        one["file"] = to;
        files.push_back(std::move(one));
        text += "  " + join(file.from, ", ") + " -> " + to + "\n";
    }
    json::object value;
    value["directory"] = where.path.string();
    value["files"] = std::move(files);
    value["notes"] = json::array(done->notes.begin(), done->notes.end());
    const std::size_t count = done->files.size();
    text += "Wrote " + std::to_string(count) + (count == 1 ? " revision" : " revisions") + " to " +
            where.path.string() + "\n";
    ctx.show(value, text);
}

} // namespace

void register_db_import(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand(
        "import", "Write a directory of dbmate, golang-migrate, goose, Flyway or diesel in "
                  "headspace's own format, into the folder of -d");
    auto options = std::make_shared<import_options>();
    verb->add_option("directory", options->from, "The directory to read; it is left as it is")
        ->type_name("DIR")
        ->required();
    verb->add_option("--format", options->format, "What it holds (default: auto, by its files)")
        ->type_name("FORMAT");
    verb->callback([&ctx, options] { import(ctx, *options); });
}

} // namespace headspace::ctl

#include "ctl/db_dump.hpp"

#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/render.hpp"
#include "revisions/files.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

/// False: nothing had to be written.
result<bool> write_if_different(const std::filesystem::path& file, const std::string& text) {
    std::error_code ec;
    if (std::filesystem::exists(file, ec)) {
        const auto before = revisions::read_whole_file(file, file.string());
        if (before && *before == text)
            return false;
    }
    const auto written = revisions::write_whole_file(file, text, revisions::when_there::replace);
    if (!written)
        return written.error();
    return true;
}

void dump(context& ctx, const std::string& output) {
    // Before the work: where it goes must be known.
    const std::filesystem::path file = output.empty()
                                           ? migrations_directory(ctx).path / "schema.sql"
                                           : std::filesystem::path(output);
    const auto each = [&ctx](const json::value& event) {
        if (text_of(event, "event") == "warning")
            ctx.note(text_of(event, "text"));
    };
    const auto done = run_operation(ctx, "dump", {}, {.each = each});
    if (!done)
        return;
    const std::string text = text_of(*done, "text");
    if (output == "-") {
        if (ctx.options.json)
            return ctx.show(json::object{{"text", text}}, {});
        ctx.out << text;
        return;
    }
    const auto written = write_if_different(file, text);
    if (!written)
        return ctx.fail(written.error());
    ctx.show(json::object{{"file", file.string()}, {"changed", *written}},
             *written ? "Wrote " + file.string() + "\n" : file.string() + " is up to date\n");
}

} // namespace

void register_db_dump(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand("dump", "Write the database's schema to schema.sql");
    auto output = std::make_shared<std::string>();
    verb->add_option("-o,--output", *output,
                     "Another file; - prints it (default: schema.sql in the migrations directory)")
        ->type_name("FILE");
    verb->callback([&ctx, output] { dump(ctx, *output); });
}

} // namespace headspace::ctl

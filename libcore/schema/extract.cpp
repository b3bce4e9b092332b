#include "schema/extract.hpp"

#include "base/sql_quote.hpp"
#include "schema/catalogue_builder.hpp"
#include "schema/extract_queries.hpp"

#include <set>
#include <utility>

namespace headspace::schema {

namespace {

// Everything that texts of definitions depend on.
constexpr std::string_view begin_sql =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; "
    "SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 3; SET LOCAL quote_all_identifiers = off; "
    "SET LOCAL xmloption = 'content'; SET LOCAL standard_conforming_strings = on; "
    "SET LOCAL plan_cache_mode = force_generic_plan";

std::string array_of(const std::vector<std::string>& values) {
    std::string out = "{";
    for (const std::string& v : values) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (const char c : v) {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

// Asks one thing after the other; the first error is kept and ends it.
class reader {
public:
    reader(pg::session& session, extract_options options, time_point until)
        : session_(session), skip_(array_of(options.skip_schemas)), again_(options.again),
          until_(until) {}

    /// A file that was run in between may have thrown away some or all.
    asio::awaitable<result<void>> look_for_prepared() {
        if (!again_)
            co_return result<void>{};
        constexpr std::string_view sql =
            "SELECT name FROM pg_catalog.pg_prepared_statements WHERE name LIKE 'headspace %'";
        const auto rows = co_await session_.query(std::string(sql), {}, until_);
        if (rows.has_error())
            co_return rows.error();
        for (std::size_t i = 0; i < rows->rows.size(); ++i)
            prepared_.insert(quote_name(rows->text(i, 0)));
        co_return result<void>{};
    }

    asio::awaitable<result<pg::query_result>> ask(extract_query q) {
        const bool skips = q.sql.find("$1") != std::string_view::npos;
        if (again_) {
            auto rows = co_await ask_prepared(q, skips);
            co_return rows;
        }
        std::vector<std::optional<std::string>> parameters;
        if (skips)
            parameters.emplace_back(skip_);
        auto rows = co_await ask_with(q, std::move(parameters));
        co_return rows;
    }

    asio::awaitable<result<pg::query_result>> ask_prepared(extract_query q, bool skips) {
        const std::string name = quote_name("headspace " + std::string(q.what));
        if (!prepared_.contains(name)) {
            const std::string prepare =
                "PREPARE " + name + (skips ? " (text[]) AS " : " AS ") + std::string(q.sql);
            const auto done = co_await session_.execute(prepare, until_);
            if (done.has_error())
                co_return done.error();
            prepared_.insert(name);
        }
        const std::string sql = "EXECUTE " + name + (skips ? "(" + quote_literal(skip_) + ")" : "");
        const extract_query kept{q.what, sql};
        auto rows = co_await ask_with(kept, {});
        co_return rows;
    }

    asio::awaitable<result<pg::query_result>>
    ask_with(extract_query q, std::vector<std::optional<std::string>> parameters) {
        auto rows = co_await session_.query(std::string(q.sql), std::move(parameters), until_);
        if (rows.has_error()) {
            error e = rows.error();
            e.message = "reading " + std::string(q.what) + ": " + e.message;
            co_return e;
        }
        co_return rows;
    }

    asio::awaitable<result<void>> facts(catalogue_builder& builder) {
        for (const extract_query& q : fact_queries()) {
            auto rows = co_await ask(q);
            if (rows.has_error())
                co_return rows.error();
            if (auto added = builder.add_facts(*rows); added.has_error())
                co_return added.error();
        }
        co_return result<void>{};
    }

    asio::awaitable<result<void>> unmodelled(catalogue_builder& builder) {
        auto all = co_await ask(everything_query);
        if (all.has_error())
            co_return all.error();
        std::vector<std::string> classes, objects;
        for (const address& a : builder.unexplained(*all)) {
            classes.push_back(a.classid);
            objects.push_back(a.objid);
        }
        if (objects.empty())
            co_return result<void>{};
        std::vector<std::optional<std::string>> parameters{array_of(classes), array_of(objects)};
        auto named = co_await ask_with(identify_query, std::move(parameters));
        if (named.has_error())
            co_return named.error();
        builder.add_unmodelled(*named);
        co_return result<void>{};
    }

    asio::awaitable<result<void>> read(catalogue_builder& builder) {
        using add = void (catalogue_builder::*)(const pg::query_result&);
        const auto rows_into = [&](const extract_query& q,
                                   add where) -> asio::awaitable<result<void>> {
            auto rows = co_await ask(q);
            if (rows.has_error())
                co_return rows.error();
            (builder.*where)(*rows);
            co_return result<void>{};
        };
        static const std::pair<const extract_query*, add> before[] = {
            {&member_query, &catalogue_builder::add_members},
            {&alias_query, &catalogue_builder::add_aliases},
            {&cast_query, &catalogue_builder::add_casts}};
        static const std::pair<const extract_query*, add> after[] = {
            {&comment_query, &catalogue_builder::add_comments},
            {&privilege_query, &catalogue_builder::add_privileges},
            {&depend_query, &catalogue_builder::add_dependencies},
            {&label_query, &catalogue_builder::add_unmodelled}};
        for (const auto& [q, where] : before) {
            auto done = co_await rows_into(*q, where);
            if (done.has_error())
                co_return done;
        }
        auto read_facts = co_await facts(builder);
        if (read_facts.has_error())
            co_return read_facts;
        builder.resolve_parents();
        for (const auto& [q, where] : after) {
            auto done = co_await rows_into(*q, where);
            if (done.has_error())
                co_return done;
        }
        auto rest = co_await unmodelled(builder);
        if (rest.has_error())
            co_return rest;
        auto who = co_await ask(role_query);
        if (who.has_error())
            co_return who.error();
        role = who->text(0, 0);
        co_return result<void>{};
    }

    std::string role;

private:
    pg::session& session_;
    std::string skip_;
    bool again_;
    std::set<std::string, std::less<>> prepared_; // their names, quoted
    time_point until_;
};

} // namespace

asio::awaitable<result<catalogue>> read_catalogue(pg::session& session, extract_options options,
                                                  time_point until) {
    auto begun = co_await session.execute(std::string(begin_sql), until);
    if (begun.has_error())
        co_return begun.error();
    catalogue_builder builder;
    reader questions(session, std::move(options), until);
    auto done = co_await questions.look_for_prepared();
    if (done.has_value())
        done = co_await questions.read(builder);
    auto ended = co_await session.execute("ROLLBACK", until);
    if (done.has_error())
        co_return done.error();
    if (ended.has_error())
        co_return ended.error();
    co_return builder.finish(session.facts().version, std::move(questions.role));
}

} // namespace headspace::schema

#include "migrate/load_declared.hpp"

#include "migrate/batches.hpp"
#include "migrate/failure.hpp"
#include "migrate/sql_text.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <span>

namespace headspace::migrate {

namespace {

constexpr std::size_t tables_named = 5;

std::string hint_for(const error& why) {
    if (!why.hint.empty())
        return blank_passwords(why.hint);
    if (why.message.find("extension") != std::string::npos &&
        (why.sqlstate == "0A000" || why.sqlstate == "58P01"))
        return "install the extension on the server, or take it out of schema/";
    if (why.sqlstate == "42501")
        return "the role that migrates must be allowed to do this in a database of its own";
    return "mend the file, then: headspacectl db migrate";
}

/// Refused by the server; anything else concerns the connection or the run.
bool is_refusal(const error& why) {
    return why.code == errc::query_failed && !blames_the_server(why);
}

} // namespace

error describe_declared(const revisions::declared_statement& which, const error& why,
                        std::size_t others) {
    const revisions::place at = revisions::locate(which.what, why.position);
    std::string message = which.file + ":" + std::to_string(at.line) + ":" +
                          std::to_string(at.column) + ": " + blank_passwords(why.message);
    if (!why.detail.empty())
        message += "; " + blank_passwords(why.detail);
    if (!why.sqlstate.empty())
        message += " (" + why.sqlstate + ")";
    if (others > 0)
        message += "; " + std::to_string(others) +
                   (others == 1 ? " more statement fails" : " more statements fail");
    error e =
        make_error(errc::schema_invalid, error_class::refuse, std::move(message), hint_for(why));
    e.sqlstate = why.sqlstate;
    e.detail = blank_passwords(why.detail);
    e.position = why.position;
    e.file = which.file;
    e.line = at.line;
    return e;
}

std::optional<replacing_text> as_replacing(std::string_view sql) {
    const std::vector<std::string> words = revisions::leading_words(sql, 4);
    if (words.size() < 3 || words[0] != "CREATE")
        return {};
    const bool replaces = words[1] == "OR";
    const std::string& object = replaces ? words.back() : words[1];
    if (object != "FUNCTION" && object != "PROCEDURE")
        return {};
    replacing_text out;
    out.sql = sql;
    if (replaces)
        return out;
    constexpr std::string_view inserted = " OR REPLACE";
    out.at = std::string_view("CREATE").size(); // a statement begins with its first token
    out.length = inserted.size();
    out.sql.insert(out.at, inserted);
    return out;
}

namespace {

class loader {
public:
    loader(pg::session& session, const scratch& databases, revisions::declaration what,
           count_sink told, time_point until)
        : session_(session), databases_(databases), what_(std::move(what)), told_(std::move(told)),
          until_(until) {}

    asio::awaitable<result<loaded>> run() {
        auto off = co_await session_.execute("SET check_function_bodies = off", until_);
        if (off.has_error())
            co_return databases_.explained(off.error());
        std::vector<std::size_t> waiting(what_.statements.size());
        for (std::size_t i = 0; i < waiting.size(); ++i)
            waiting[i] = i;
        for (bool first = true; !waiting.empty(); first = false) {
            const std::size_t before = waiting.size();
            auto left = co_await round(std::move(waiting), !first);
            if (left.has_error())
                co_return left.error();
            waiting = std::move(*left);
            if (waiting.size() == before)
                co_return describe_declared(what_.statements[waiting.front()], first_failure_,
                                            waiting.size() - 1);
        }
        auto sound = co_await check_bodies();
        if (sound.has_error())
            co_return sound.error();
        auto noted = co_await look_for_rows();
        if (noted.has_error())
            co_return noted.error();
        co_return std::move(out_);
    }

private:
    /// One try of each; what failed.
    asio::awaitable<result<std::vector<std::size_t>>> round(std::vector<std::size_t> which,
                                                            bool late) {
        std::vector<std::string_view> texts;
        for (const std::size_t i : which)
            texts.push_back(what_.statements[i].what.text);
        std::vector<std::size_t> failed;
        std::size_t tried = 0; // together and in vain: up to here they go one by one
        for (std::size_t at = 0; at < which.size();) {
            if (databases_.cancelled())
                co_return scratch::cancellation();
            const auto rest = std::span(texts).subspan(at);
            const std::size_t count = at < tried ? 1 : batch_length(rest);
            std::string sql(rest.front());
            if (count > 1)
                sql = batch_text(rest, count);
            auto ran = co_await session_.execute(std::move(sql), until_);
            if (ran.has_value()) {
                for (std::size_t k = at; k < at + count; ++k)
                    if (late)
                        out_.late.push_back(which[k]);
                done_ += count;
                if (told_)
                    told_(done_, what_.statements.size());
                at += count;
                continue;
            }
            if (count > 1 && !session_.broken()) {
                tried = at + count;
                continue;
            }
            const std::size_t i = which[at++];
            const error why = ran.error();
            if (!is_refusal(why) || session_.broken())
                co_return databases_.explained(describe_other(i, why));
            if (failed.empty())
                first_failure_ = why;
            failed.push_back(i);
        }
        co_return failed;
    }

    [[nodiscard]] error describe_other(std::size_t i, const error& why) const {
        error e = describe_declared(what_.statements[i], why, 0);
        if (why.code != errc::query_failed) {
            e.code = why.code;
            e.kind = why.kind;
        }
        return e;
    }

    asio::awaitable<result<void>> check_bodies() {
        auto on = co_await session_.execute("SET check_function_bodies = on", until_);
        if (on.has_error())
            co_return databases_.explained(on.error());
        for (const revisions::declared_statement& s : what_.statements) {
            const auto text = as_replacing(s.what.text);
            if (!text)
                continue;
            if (databases_.cancelled())
                co_return scratch::cancellation();
            auto ran = co_await session_.execute(text->sql, until_);
            if (ran.has_value())
                continue;
            error why = ran.error();
            // OR REPLACE of a function that a later statement has changed is no fault of its body.
            if (why.sqlstate == "42P13" || why.sqlstate == "42809" || why.sqlstate == "42501")
                continue;
            if (why.position > text->at)
                why.position -= static_cast<std::uint32_t>(
                    std::min<std::size_t>(text->length, why.position - 1));
            co_return databases_.explained(describe_declared(s, why, 0));
        }
        co_return result<void>{};
    }

    asio::awaitable<result<void>> look_for_rows() {
        const auto sized = co_await session_.query(
            "SELECT c.oid::regclass::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace "
            "n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND "
            "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM "
            "pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid "
            "= "
            "c.oid AND d.deptype = 'e') AND pg_catalog.pg_relation_size(c.oid) > 0 ORDER BY 1",
            {}, until_);
        if (sized.has_error())
            co_return databases_.explained(sized.error());
        std::string named;
        std::size_t count = 0;
        for (std::size_t i = 0; i < sized->rows.size(); ++i) {
            const std::string table(sized->text(i, 0));
            const auto any =
                co_await session_.query("SELECT EXISTS (SELECT FROM " + table + ")", {}, until_);
            if (any.has_error())
                co_return databases_.explained(any.error());
            if (any->text(0, 0) == "t" && ++count <= tables_named)
                named += (named.empty() ? "" : ", ") + table;
        }
        if (count > 0)
            out_.notes.push_back("schema/ fills " + std::string(count == 1 ? "a table" : "tables") +
                                 " with rows (" + named + (count > tables_named ? ", ..." : "") +
                                 "): only the structure is compared, put data into a revision");
        co_return result<void>{};
    }

    pg::session& session_;
    const scratch& databases_;
    revisions::declaration what_;
    count_sink told_;
    time_point until_;
    error first_failure_;
    std::size_t done_ = 0;
    loaded out_;
};

} // namespace

asio::awaitable<result<loaded>> load_declaration(pg::session& session, const scratch& databases,
                                                 revisions::declaration what, count_sink told,
                                                 time_point until) {
    loader work(session, databases, std::move(what), std::move(told), until);
    auto done = co_await work.run();
    co_return done;
}

} // namespace headspace::migrate

#include "revisions/offline_script.hpp"

#include "base/sql_quote.hpp"
#include "revisions/ledger_text.hpp"
#include "revisions/own_schema.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

const ledger_author by_hand{.run = "by hand", .requested_by = "psql"};

// What a file has set must reach neither the ledger nor the next file; and psql's encoding is one
// of these settings.
constexpr std::string_view clean_session = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\n"
                                           "SET client_encoding = 'UTF8';\n";
// The same within a transaction of the bookkeeping, for a file whose settings are to last.
constexpr std::string_view own_role = "SET LOCAL SESSION AUTHORIZATION DEFAULT;\n"
                                      "SET LOCAL ROLE NONE;\n";

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

/// Fails with `message` where `condition` holds.
std::string refuse_when(const std::string& condition, const std::string& message) {
    return "DO $headspace$ BEGIN IF " + condition +
           " THEN RAISE EXCEPTION USING MESSAGE = " + quote_literal(message) +
           "; END IF; END $headspace$;\n";
}

/// Whoever runs the script, unqualified names go where they go when headspaced runs the file.
std::string leave_own_schema(bool only_in_transaction) {
    return "DO $headspace$ BEGIN IF current_user = " + quote_literal(ledger_schema) +
           " THEN PERFORM " + path_without_own_schema(only_in_transaction) +
           "; END IF; END $headspace$;\n";
}

/// Each statement with the comments before it, as they stand in the file.
std::string text_of(const section& which, const statement& s) {
    const std::size_t end = s.offset + s.text.size();
    return which.text.substr(s.begin, end - s.begin) + ";\n";
}

class writer {
public:
    writer(const graph& g, const offline_request& what) : graph_(g), what_(what) {}

    result<std::string> write() {
        begin();
        for (const std::string& revision : what_.path) {
            const script* s = graph_.find(revision);
            if (s == nullptr)
                return make_error(errc::unknown_revision, error_class::refuse,
                                  "revision " + revision + " has no file");
            if (what_.down && !s->down)
                return make_error(errc::no_down, error_class::refuse,
                                  shown_file(s->file) + ": revision " + revision +
                                      " has no `-- migrate:down`",
                                  "write a new revision that undoes it, or restore a backup");
            const section& half = what_.down ? *s->down : s->up;
            const auto forbidden = forbidden_statements(half, shown_file(s->file));
            if (!forbidden.empty())
                return forbidden.front();
            step(*s, half);
        }
        out_ += "DO $headspace$ BEGIN PERFORM pg_catalog.pg_advisory_unlock(" + lock_keys() +
                "); END $headspace$;\n";
        return std::move(out_);
    }

private:
    static std::string lock_keys() {
        return std::to_string(ledger_lock_space) + ", " + std::to_string(ledger_lock_key());
    }

    void begin() {
        out_ = "-- " + what_.title +
               "\n-- Run it with psql on a direct connection, as the role that owns the ledger; it "
               "stops at the first error.\n"
               "\\set ON_ERROR_STOP on\n\\set AUTOCOMMIT on\n"
               "SET client_encoding = 'UTF8';\nSET client_min_messages = warning;\n" +
               refuse_when("NOT pg_catalog.pg_try_advisory_lock(" + lock_keys() + ")",
                           "another migration holds the lock");
        if (what_.create_ledger)
            out_ += "BEGIN;\n" + ledger_text::create(true) + "COMMIT;\n";
        out_ += refuse_when("(SELECT max(version) FROM headspace.ledger) > " +
                                std::to_string(ledger_version),
                            "the ledger is that of a newer headspaced");
    }

    void step(const script& s, const section& half) {
        out_ += "\n-- " + std::string(what_.down ? "downgrade " : "upgrade ") + s.revision + ", " +
                s.message + "\n";
        const ledger_entry entry{.revision = s.revision,
                                 .parents = s.parents,
                                 .message = s.message,
                                 .file = s.file,
                                 .checksum = s.checksum,
                                 .up_text = s.up.text,
                                 .down_text = s.down ? std::optional(s.down->text) : std::nullopt,
                                 .down = what_.down,
                                 .statements = static_cast<std::uint32_t>(half.statements.size())};
        if (half.options.transaction)
            in_transaction(s, half, entry);
        else
            by_statement(s, half, entry);
        out_ += clean_session;
    }

    void in_transaction(const script& s, const section& half, const ledger_entry& entry) {
        out_ += "BEGIN;\n" + guard(s) + lock_timeout("SET LOCAL ", half) + leave_own_schema(true);
        for (const statement& each : half.statements)
            out_ += text_of(half, each);
        out_ += std::string(clean_session) +
                (what_.down ? ledger_text::reverted(entry, by_hand, {})
                            : ledger_text::applied(entry, by_hand, {})) +
                ";\nCOMMIT;\n";
    }

    void by_statement(const script& s, const section& half, const ledger_entry& entry) {
        out_ += "BEGIN;\n" + guard(s) + ledger_text::begun(entry, by_hand, false) + ";\nCOMMIT;\n" +
                lock_timeout("SET ", half) + leave_own_schema(false);
        std::string hash;
        for (std::uint32_t k = 1; k <= half.statements.size(); ++k) {
            const statement& each = half.statements[k - 1];
            hash = add_to_hash(hash, each);
            const std::string done = std::string(own_role) +
                                     ledger_text::statement_done(s.revision, by_hand, k, hash, {}) +
                                     ";\nCOMMIT;\n";
            if (each.kind == statement_kind::not_in_transaction) {
                // CONCURRENTLY waits for others without holding them up.
                if (each.concurrently && !half.options.lock_timeout)
                    out_ += "SET lock_timeout = 0;\n" + text_of(half, each) +
                            lock_timeout("SET ", half);
                else
                    out_ += text_of(half, each);
                out_ += "BEGIN;\n" + done;
            } else {
                out_ += "BEGIN;\n" + text_of(half, each) + done;
            }
        }
        out_ += "BEGIN;\n" + std::string(own_role) + ledger_text::finished(entry, by_hand) +
                ";\nCOMMIT;\n";
    }

    [[nodiscard]] std::string lock_timeout(const std::string& how, const section& half) const {
        return how + "lock_timeout = " +
               milliseconds(half.options.lock_timeout.value_or(what_.lock_timeout)) + ";\n";
    }

    /// The ledger says that this is the next thing to do.
    [[nodiscard]] std::string guard(const script& s) const {
        const std::string row = "EXISTS (SELECT FROM headspace.migrations WHERE revision = " +
                                quote_literal(s.revision) + ")";
        if (what_.down)
            return refuse_when("NOT " + row, "revision " + s.revision + " is not applied") +
                   refuse_when("EXISTS (SELECT FROM headspace.migrations WHERE " +
                                   quote_literal(s.revision) + " = ANY (parents))",
                               "a revision after " + s.revision + " is applied");
        std::string checks = refuse_when(row, "revision " + s.revision + " is applied already");
        if (!s.parents.empty())
            checks += refuse_when(
                "EXISTS (SELECT unnest(" + quote_array(s.parents) +
                    ") EXCEPT SELECT revision FROM headspace.migrations WHERE state <> 'partial')",
                "what revision " + s.revision + " follows is not applied");
        return checks;
    }

    const graph& graph_;
    const offline_request& what_;
    std::string out_;
};

} // namespace

result<std::string> render_offline_script(const graph& g, const offline_request& what) {
    return writer(g, what).write();
}

} // namespace headspace::revisions

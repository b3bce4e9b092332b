#include "pg/host_connector.hpp"

#include "io/resolver.hpp"
#include "pg/attempts.hpp"
#include "pg/connect.hpp"
#include "pg/connection.hpp"
#include "pg/parameters.hpp"
#include "pg/timeline_query.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace headspace::pg {

namespace {

constexpr int oldest_server = 130000;
constexpr int first_unknown_server = 190000;

// One round trip that tells a pooler from a server and a standby from a primary, and proves that
// something behind the pooler answers.
constexpr const char* who_is_there =
    "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
    "pg_catalog.current_setting('default_transaction_read_only')";

std::string version_of(const server_facts& facts) {
    const auto blank = facts.version_text.find(' ');
    return facts.version_text.empty() ? "of an unknown version"
                                      : facts.version_text.substr(0, blank);
}

error too_old(const server_facts& facts, const endpoint& where) {
    return make_error(errc::unsupported_server, error_class::unavailable,
                      "PostgreSQL " + version_of(facts) + " is too old (" + where.where() + ")",
                      "PostgreSQL 13 to 18 are supported");
}

/// `length` from now, but not beyond `until`.
time_limit within(duration length, time_point until) {
    const time_point now = clock::now();
    const duration left = std::clamp<duration>(until - now, duration::zero(), length);
    return {now + left, left};
}

/// What went wrong after the login is still a failure to connect.
error of_set_up(error e, const endpoint& where, const login& who, bool encrypted,
                time_limit limit) {
    if (e.code == errc::timed_out) {
        connect_failure silent;
        silent.stage = connect_stage::session;
        silent.timed_out = true;
        silent.limit = limit.length;
        return describe(silent, where, who);
    }
    if (e.code == errc::query_failed)
        return describe({e.sqlstate, e.message, {}}, where, who, encrypted);
    if (e.code != errc::connection_lost)
        return e;
    e.code = make_error_code(errc::database_unavailable);
    if (e.sqlstate.starts_with("08")) // the login worked: a pooler, whose server is away
        e.hint = "a pooler answers, but not the server behind it; this heals by itself";
    else if (!e.sqlstate.empty())
        e.kind = classify_connect(e.sqlstate);
    return e;
}

/// A password never leaves in an error, whatever libpq or a server chose to repeat.
void redact(std::string& text, const std::optional<secret>& password) {
    constexpr std::size_t shortest = 4; // a shorter one would turn every text into stars
    if (!password || password->reveal().size() < shortest)
        return;
    for (auto at = text.find(password->reveal()); at != std::string::npos;
         at = text.find(password->reveal(), at + 3))
        text.replace(at, password->reveal().size(), "***");
}

class host_connector final : public connector, public std::enable_shared_from_this<host_connector> {
public:
    host_connector(asio::any_io_executor executor, connect_settings settings)
        : executor_(std::move(executor)), settings_(std::move(settings)),
          password_(settings_.target.password),
          resolver_(settings_.lookup_threads,
                    settings_.lookup ? settings_.lookup : io::resolver::system_lookup()),
          threads_(std::make_shared<io::blocking>(settings_.cancel_threads)) {}

    asio::awaitable<result<std::unique_ptr<session>>> connect(time_point until) override;

private:
    using opened = result<std::unique_ptr<connection>>;

    /// A server that may be used, while another one may turn out to be newer.
    struct candidate {
        std::unique_ptr<connection> open;
        attempt at;
        server_identity is;
    };

    [[nodiscard]] result<session_attrs> wanted_attrs() const;
    [[nodiscard]] bool watches_timelines() const;
    [[nodiscard]] bool was_looked_at(std::size_t host) const;
    [[nodiscard]] bool all_looked_at(const std::set<std::size_t>& now) const;
    void looked_at(const std::set<std::size_t>& now);
    void note_standby(const endpoint& where, server_role role);
    void weigh(walk& round, candidate& best, candidate fresh);
    [[nodiscard]] bool refuse_stale(walk& round, const candidate& one, bool first);
    asio::awaitable<void> look_up_addresses(walk& round, look_up wanted, time_point until);
    asio::awaitable<opened> log_in(attempt tried, time_point until);
    asio::awaitable<opened> log_in_with(attempt tried, std::string sslmode, time_limit limit,
                                        connect_failure& failure);
    asio::awaitable<result<void>> set_up(connection& fresh, attempt tried, time_point until);
    [[nodiscard]] login who(const std::string& sslmode) const;
    [[nodiscard]] error cleaned(error e) const;
    void tell(const attempt_report& seen) const {
        if (settings_.observe)
            settings_.observe(seen);
    }

    asio::any_io_executor executor_;
    connect_settings settings_;
    std::optional<secret> password_;    // the last one read
    std::set<std::size_t> without_tls_; // hosts that answered N when asked
    io::resolver resolver_;
    std::shared_ptr<io::blocking> threads_;
};

result<session_attrs> host_connector::wanted_attrs() const {
    const auto given = settings_.target.parameters.find("target_session_attrs");
    std::string text =
        given != settings_.target.parameters.end() ? given->second : settings_.target_session_attrs;
    if (text.empty())
        text = settings_.target.hosts.size() > 1 ? "read-write" : "any";
    return parse_session_attrs(text);
}

asio::awaitable<result<std::unique_ptr<session>>> host_connector::connect(time_point until) {
    const auto self = shared_from_this();
    const auto attrs = wanted_attrs();
    if (!attrs)
        co_return attrs.error();
    walk round(settings_.target.hosts, *attrs);
    candidate best;               // taken unless a host that was never looked at is newer
    std::set<std::size_t> tried;  // hosts, in this round
    std::set<std::size_t> answer; // those of them that did
    const auto superfluous = [&](std::size_t host) {
        return best.open && (was_looked_at(host) || answer.contains(host));
    };
    while (!best.open || clock::now() < until) {
        step next = round.next();
        if (std::holds_alternative<exhausted>(next))
            break;
        if (auto* name = std::get_if<look_up>(&next)) {
            tried.insert(name->host);
            if (!superfluous(name->host))
                co_await look_up_addresses(round, *name, until);
            continue;
        }
        attempt here = std::get<attempt>(next);
        tried.insert(here.host);
        if (superfluous(here.host))
            continue;
        opened one = co_await log_in(here, until);
        if (!one) {
            if (one.error().code == errc::cancelled)
                co_return cleaned(one.error());
            round.failed(here, one.error());
            if (clock::now() >= until)
                break;
            continue;
        }
        answer.insert(here.host);
        const server_facts& facts = (*one)->facts();
        const server_role role{facts.in_recovery, facts.in_recovery || facts.default_read_only};
        note_standby(here.where, role);
        if (!accepts(here.wanted, role)) {
            round.wrong_role(here, role);
            continue;
        }
        std::optional<server_identity> is;
        if (watches_timelines() && !role.in_recovery) {
            const time_limit limit = within(settings_.connect_timeout, until);
            const auto asked = co_await identify(**one, limit.until);
            if (asked.has_error()) {
                round.failed(here, of_set_up(asked.error(), here.where, who(""), false, limit));
                continue;
            }
            is = *asked;
        }
        if (!is) { // nothing to weigh it by
            if (!best.open)
                best = candidate{std::move(*one), here, {}};
            break;
        }
        candidate fresh{std::move(*one), here, *is};
        weigh(round, best, std::move(fresh));
        if (best.open && all_looked_at(answer))
            break;
    }
    if (watches_timelines())
        looked_at(tried);
    if (!best.open)
        co_return cleaned(round.outcome());
    std::string others = round.passed_over(best.at.where);
    redact(others, password_);
    if (!others.empty())
        best.open->mutable_facts().warnings.push_back(std::move(others));
    co_return std::unique_ptr<session>(std::move(best.open));
}

/// Of one host nothing can be newer.
bool host_connector::watches_timelines() const {
    return settings_.seen && settings_.target.hosts.size() > 1;
}

bool host_connector::was_looked_at(std::size_t host) const {
    const config::host_entry& entry = settings_.target.hosts[host];
    return !watches_timelines() ||
           settings_.seen->was_looked_at(endpoint{entry.host, entry.hostaddr, entry.port}.where());
}

bool host_connector::all_looked_at(const std::set<std::size_t>& now) const {
    for (std::size_t host = 0; host < settings_.target.hosts.size(); ++host)
        if (!was_looked_at(host) && !now.contains(host))
            return false;
    return true;
}

void host_connector::looked_at(const std::set<std::size_t>& now) {
    for (const std::size_t host : now) {
        const config::host_entry& entry = settings_.target.hosts[host];
        settings_.seen->looked_at(endpoint{entry.host, entry.hostaddr, entry.port}.where());
    }
}

void host_connector::note_standby(const endpoint& where, server_role role) {
    if (!watches_timelines() || !role.in_recovery || !settings_.seen->is_standby(where.where()))
        return;
    if (settings_.events)
        settings_.events({log_level::info,
                          "stale_primary_over",
                          where.where() + " was a stale primary and is a standby now",
                          {{"HOST", where.host}, {"PORT", std::to_string(where.port)}}});
}

/// Keeps the one of the highest timeline, the earlier one of two that are equal.
void host_connector::weigh(walk& round, candidate& best, candidate fresh) {
    if (refuse_stale(round, fresh, !best.open))
        return;
    if (!best.open || refuse_stale(round, best, false))
        best = std::move(fresh);
}

bool host_connector::refuse_stale(walk& round, const candidate& one, bool first) {
    const std::string where = one.at.where.where();
    const timelines::finding found = settings_.seen->observe(where, one.is);
    const std::string is = std::to_string(one.is.timeline);
    const std::string highest = std::to_string(found.highest);
    std::vector<std::pair<std::string, std::string>> fields{
        {"HOST", one.at.where.host}, {"PORT", std::to_string(one.at.where.port)}, {"TIMELINE", is}};
    if (found.what == timelines::verdict::raised && first) {
        if (settings_.events)
            settings_.events({log_level::info, "timeline_raised",
                              "there was a promotion: " + where + " is the primary, on timeline " +
                                  is + " after " + highest,
                              std::move(fields)});
        if (found.news && settings_.promoted)
            settings_.promoted();
        return false;
    }
    if (found.what != timelines::verdict::stale)
        return false;
    round.stale(one.at, one.is.timeline, found.highest, settings_.seen->remedy());
    if (found.news && settings_.events)
        settings_.events({log_level::warning, "stale_primary",
                          where +
                              " is a stale primary and is not used: it accepts writes on "
                              "timeline " +
                              is + ", and timeline " + highest + " was seen; " +
                              settings_.seen->remedy(),
                          std::move(fields)});
    return true;
}

asio::awaitable<void> host_connector::look_up_addresses(walk& round, look_up wanted,
                                                        time_point until) {
    const time_point limit = std::min(until, clock::now() + settings_.resolve_timeout);
    const time_point begin = clock::now();
    auto found = co_await resolver_.resolve(wanted.name, limit);
    attempt_report seen{.host = wanted.name, .took = clock::now() - begin};
    if (found) {
        seen.addresses = found->list;
        tell(seen);
        round.found(wanted.host, found->list);
        co_return;
    }
    error e = std::move(found).error();
    e.code = make_error_code(errc::database_unavailable);
    e.message += " (08001)";
    e.sqlstate = "08001";
    seen.failure = e;
    tell(seen);
    round.not_found(wanted.host, std::move(e));
}

login host_connector::who(const std::string& sslmode) const {
    return {settings_.target.user, settings_.target.database, settings_.target.password_source,
            sslmode, ca_file_for(settings_, sslmode)};
}

error host_connector::cleaned(error e) const {
    for (std::string* text : {&e.message, &e.hint, &e.detail}) {
        redact(*text, password_);
        redact(*text, settings_.target.password);
    }
    return e;
}

/// Tries one address: as libpq would for sslmode=prefer, but without a second login in clear after
/// one that was refused over TLS, and once more after 28P01 when the password has changed.
asio::awaitable<host_connector::opened> host_connector::log_in(attempt tried, time_point until) {
    const std::string configured = sslmode_for(settings_, settings_.target.hosts[tried.host]);
    const bool opportunistic = configured == "prefer" && !without_tls_.contains(tried.host);
    const std::string first = opportunistic ? "require" : configured;
    const time_limit limit = within(settings_.connect_timeout, until);
    bool reread = false;
    std::optional<error> over_tls; // why the login over TLS was refused
    for (std::string sslmode = first;;) {
        connect_failure failure;
        const time_point begin = clock::now();
        opened one = co_await log_in_with(tried, sslmode, limit, failure);
        attempt_report seen{.host = settings_.target.hosts[tried.host].host,
                            .reached = failure.stage,
                            .where = tried.where,
                            .sslmode = sslmode,
                            .took = clock::now() - begin};
        if (!one)
            seen.failure = cleaned(one.error());
        tell(seen);
        if (one) {
            if ((*one)->facts().tls)
                without_tls_.erase(tried.host);
            co_return one;
        }
        const std::string& state = one.error().sqlstate;
        if (state == "28P01" && !reread && settings_.reread_password) {
            reread = true;
            std::optional<secret> now = settings_.reread_password();
            if (now && now != password_) {
                password_ = std::move(now);
                continue;
            }
        }
        const bool no_tls =
            failure.stage == connect_stage::tls && (failure.answer == 'N' || failure.answer == 'S');
        if (opportunistic && sslmode == "require" && (no_tls || state == "28000")) {
            if (failure.answer == 'N')
                without_tls_.insert(tried.host);
            else
                over_tls = one.error();
            sslmode = failure.answer == 'N' ? "prefer" : "disable";
            continue;
        }
        if (over_tls && over_tls->sqlstate == state)
            co_return *over_tls; // in clear it is no better
        co_return one;
    }
}

asio::awaitable<host_connector::opened> host_connector::log_in_with(attempt tried,
                                                                    std::string sslmode,
                                                                    time_limit limit,
                                                                    connect_failure& failure) {
    const auto target = std::make_shared<handle>(executor_);
    auto failed = co_await connect_once(
        target, parameters_for(settings_, tried.where, sslmode, password_), limit);
    if (failed) {
        failure = *failed;
        co_return describe(*failed, tried.where, who(sslmode));
    }
    failure.stage = connect_stage::session;
    auto fresh = std::make_unique<connection>(target, tried.where, threads_);
    const auto ready = co_await set_up(*fresh, tried, limit.until);
    if (!ready)
        co_return of_set_up(ready.error(), tried.where, who(sslmode), fresh->facts().tls, limit);
    fresh->on_statement(settings_.on_statement);
    co_return fresh;
}

asio::awaitable<result<void>> host_connector::set_up(connection& fresh, attempt tried,
                                                     time_point until) {
    server_facts& facts = fresh.mutable_facts();
    if (facts.version < oldest_server)
        co_return too_old(facts, tried.where);
    if (facts.version >= first_unknown_server)
        facts.warnings.push_back("PostgreSQL " + version_of(facts) + " at " + tried.where.where() +
                                 " is newer than this version knows (13 to 18)");
    auto there = co_await fresh.execute(who_is_there, until);
    if (there && (there->rows.size() != 1 || there->columns.size() != 3))
        there = make_error(errc::unsupported_server, error_class::unavailable,
                           "The server does not answer as PostgreSQL (" + tried.where.where() + ")",
                           "check host and port");
    if (!there)
        co_return there.error();
    facts.pooler = there->text(0, 0) != std::to_string(facts.backend_pid);
    facts.in_recovery = there->text(0, 1) == "t";
    facts.default_read_only = there->text(0, 2) == "on";
    const auto set = co_await fresh.keep_settings(settings_.session_settings, until);
    co_return set;
}

} // namespace

std::shared_ptr<connector> make_host_connector(asio::any_io_executor executor,
                                               connect_settings settings) {
    return std::make_shared<host_connector>(std::move(executor), std::move(settings));
}

} // namespace headspace::pg

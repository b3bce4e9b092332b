// In which order hosts and addresses are tried and what becomes of their failures. Pure: a state
// machine; host_connector does what it says. libpq's own walk is not used because it blocks in DNS
// and never leaves a host that hangs.
#pragma once

#include "base/error.hpp"
#include "config/conninfo.hpp"
#include "pg/sqlstate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headspace::pg {

enum class session_attrs { any, read_write, read_only, primary, standby, prefer_standby };

/// "" is any. Errors: config_invalid.
result<session_attrs> parse_session_attrs(std::string_view text);
[[nodiscard]] std::string_view to_string(session_attrs attrs) noexcept;

/// What a server says it is.
struct server_role {
    bool in_recovery = false;
    bool read_only = false; // new transactions are, by recovery or by default_transaction_read_only
};
[[nodiscard]] bool accepts(session_attrs wanted, server_role role) noexcept;

/// Next step: find the addresses of a host.
struct look_up {
    std::size_t host;
    std::string name;
};
/// Next step: one login. The server must then be `wanted`.
struct attempt {
    std::size_t host;
    endpoint where;
    session_attrs wanted;
};
struct exhausted {};
using step = std::variant<look_up, attempt, exhausted>;

/// One round over all hosts, in order; prefer-standby takes two, the second only over servers that
/// were no standby. 28P01 ends it: the other hosts would only count one more failed login.
class walk {
public:
    walk(std::vector<config::host_entry> hosts, session_attrs wanted);

    [[nodiscard]] step next();
    void found(std::size_t host, const std::vector<std::string>& addresses);
    void not_found(std::size_t host, error why);
    void failed(const attempt& tried, error why);
    void wrong_role(const attempt& tried, server_role role);
    void stale(const attempt& tried, std::uint32_t timeline, std::uint32_t highest,
               std::string remedy);

    /// Why nothing was found: the one failure, or a list of them. Retry when any of them heals by
    /// itself, unless the round ended early. Its SQLSTATE is 25006 when every host that answered at
    /// all has another role than the wanted one, and only then.
    [[nodiscard]] error outcome() const;
    /// For the log, once the server at `used` was taken: what is wrong with the hosts before it; ""
    /// when they only have another role or are stale, or are other addresses of the same name.
    [[nodiscard]] std::string passed_over(const endpoint& used) const;

private:
    struct failure {
        std::string where;
        error why;
        bool stale = false; // told by whoever found that out
    };
    void add_failure(std::string where, error why);
    [[nodiscard]] bool only_wrong_roles_answer() const;

    std::vector<config::host_entry> hosts_;
    session_attrs wanted_;
    std::size_t next_host_ = 0;
    std::vector<attempt> ready_;       // of the current host, in reverse
    std::vector<attempt> second_pass_; // in order
    bool stopped_ = false;
    std::vector<failure> failures_;
};

} // namespace headspace::pg

// What scratch databases are called, how they are made, and which of them nobody works in any more.
// Pure.
//
// Each run has a key. Before it creates a database it takes the advisory lock of that key on the
// connection that it keeps to its end, and pg_locks shows that lock to every role in every
// database. So a database whose key nobody holds is left over, however its run ended.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::migrate {

inline constexpr std::string_view scratch_prefix = "headspace_scratch_";
/// The first number of the advisory lock; the second is the run's key.
inline constexpr std::int32_t scratch_lock_space = 0x68737364; // "hssd"

struct scratch_run {
    std::uint32_t key = 0; // random
    wall_time created;
    std::string host; // where headspaced runs
    std::int64_t pid = 0;
};

/// "headspace_scratch_20261121100000_0a1b2c3d_a"
[[nodiscard]] std::string scratch_name(const scratch_run& run, char which);
/// The key in such a name; nothing for any other name.
[[nodiscard]] std::optional<std::uint32_t> key_of_scratch(std::string_view name);
/// The database's comment, for whoever finds it.
[[nodiscard]] std::string scratch_comment(const scratch_run& run);

/// What a database must share with the target so that both mean the same by a text.
struct database_locale {
    int server_version = 0; // 150020
    std::string encoding;
    std::string collate;
    std::string ctype;
    std::string provider;   // c | i | b; "" before 15
    std::string icu_locale; // of provider i, and of b
    std::string icu_rules;
};

/// One row of these columns: server_version_num, encoding, collate, ctype, provider, locale, rules.
[[nodiscard]] std::string locale_query(int server_version);
[[nodiscard]] std::string create_scratch_sql(std::string_view name, const database_locale& like);
[[nodiscard]] std::string drop_scratch_sql(std::string_view name);

/// Databases of `names` whose key is not in `held`.
[[nodiscard]] std::vector<std::string> orphans_of(const std::vector<std::string>& names,
                                                  const std::set<std::uint32_t>& held);

/// Every scratch database's name, then its owner's name, then whether our role may drop it. To be
/// asked before held_keys_query: a run holds its lock before it creates.
[[nodiscard]] std::string scratch_list_query();
/// The second numbers of our advisory locks that are held.
[[nodiscard]] std::string held_keys_query();

} // namespace headspace::migrate

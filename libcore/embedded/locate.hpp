// Which PostgreSQL programs to use: the order in which folders are looked at, what their version
// is, and what to say when none fits. Pure: the folders and versions are handed in.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::embedded {

inline constexpr int oldest_major = 13;

/// 15 for "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", 17 for "... 17beta1".
std::optional<int> major_of_version(std::string_view output);

/// 15 for the text of a PG_VERSION file; 9.6 is 9.
std::optional<int> major_of_data(std::string_view pg_version);

/// Newest first: "/usr/lib/postgresql/15/bin" before "/usr/lib/postgresql/9.6/bin", numbers in
/// names compared as numbers.
std::vector<std::string> newest_first(std::vector<std::string> folders);

struct search {
    std::string configured;           // embedded.bindir
    std::string pg_bindir;            // $PG_BINDIR
    std::string pg_config;            // what pg_config --bindir says
    std::vector<std::string> debian;  // /usr/lib/postgresql/*/bin
    std::vector<std::string> red_hat; // /usr/pgsql-*/bin
    std::string path;                 // $PATH
};

/// The folders to look into, best first, each once. A configured one is the only one.
std::vector<std::string> search_order(const search& s);

struct programs {
    std::string bindir;
    int major = 0;
    friend bool operator==(const programs&, const programs&) = default;
};

/// One program by itself, and what its `-V` says.
struct found_program {
    std::string path;
    std::string version; // "pg_dump (PostgreSQL) 15.20"
    int major = 0;
};

/// The first of `found` that is new enough and, where there is data, of its version. Errors:
/// database_unavailable (unavailable: installing PostgreSQL heals it) when there is none;
/// config_invalid (refuse) naming the two choices when only other versions are there.
result<programs> choose(const std::vector<programs>& found, std::optional<int> data_major,
                        const std::string& data_directory, const std::string& configured);

} // namespace headspace::embedded

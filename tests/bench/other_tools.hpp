// Other migration tools, as Debian packages them, with the statements that Headspace gets. Each is
// optional: version() is empty where it is not installed, and the benchmark says so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace headspace::bench {

/// One Python revision a statement; what `alembic init` makes, without its logging.
class alembic_environment {
public:
    /// Of Debian's python3-alembic, with python3-psycopg2 beside it.
    static std::optional<std::string> version();

    alembic_environment(std::filesystem::path folder, const std::vector<std::string>& statements);

    enum class transactions { one_for_all, one_each }; // the first is Alembic's default
    /// `alembic upgrade head`.
    [[nodiscard]] double upgrade(const std::string& url, transactions how) const;

private:
    std::filesystem::path folder_;
};

/// A plan with one change a statement. sqitch starts a psql for every change.
class sqitch_project {
public:
    static std::optional<std::string> version();

    sqitch_project(std::filesystem::path folder, const std::vector<std::string>& statements);

    /// `sqitch deploy` up to and with the change of statements[last].
    [[nodiscard]] double deploy(const std::string& url, std::size_t last) const;

private:
    std::filesystem::path folder_;
};

} // namespace headspace::bench

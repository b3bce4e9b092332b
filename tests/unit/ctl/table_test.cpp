// Columns that fit, and never break a value where there is no terminal.
#include "ctl/render.hpp"
#include "ctl/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

using namespace headspace::ctl;

namespace {

table shopping() {
    table t({{.head = "WHAT"},
             {.head = "N", .right = true},
             {.head = "WHY", .when = narrow::cut, .least = 4}});
    t.row({"milk", "2", "because the coffee is black"});
    t.row({"bread", "12", "hunger"});
    return t;
}

std::size_t widest(const std::string& text) {
    std::size_t most = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        most = std::max(most, shown_width(line));
    return most;
}

} // namespace

TEST(table, columns_are_as_wide_as_their_cells_and_numbers_stand_to_the_right) {
    EXPECT_EQ(shopping().text(0), "WHAT    N  WHY\n"
                                  "milk    2  because the coffee is black\n"
                                  "bread  12  hunger\n");
}

TEST(table, on_a_terminal_the_column_that_may_be_cut_gives_way) {
    EXPECT_EQ(shopping().text(24), "WHAT    N  WHY\n"
                                   "milk    2  because the …\n"
                                   "bread  12  hunger\n");
    for (std::size_t width = 15; width < 60; ++width)
        EXPECT_LE(widest(shopping().text(width)), width);
}

TEST(table, a_terminal_that_is_too_narrow_for_the_rest_keeps_the_least_of_it) {
    EXPECT_EQ(widest(shopping().text(3)), 15U);
}

TEST(table, a_column_that_wraps_goes_on_below_in_its_place) {
    table t({{.head = ""}, {.head = "", .when = narrow::wrap}});
    t.row({"reason", "the server closed the connection"});
    EXPECT_EQ(t.text(26), "reason  the server closed\n"
                          "        the connection\n");
    EXPECT_EQ(t.text(0), "reason  the server closed the connection\n");
}

TEST(table, a_word_that_is_too_long_is_broken_and_none_of_it_is_lost) {
    const auto lines = wrap("aaaaaaaaaaaaaaa bb", 6);
    std::string joined;
    for (const std::string& line : lines) {
        EXPECT_LE(shown_width(line), 6U);
        joined += line;
    }
    EXPECT_EQ(joined, "aaaaaaaaaaaaaaa bb");
}

TEST(table, a_very_wide_cell_may_move_only_its_own_line) {
    table t({{.head = ""}, {.head = "", .when = narrow::cut, .most = 5}, {.head = ""}});
    t.row({"a", "1234567890", "x"});
    t.row({"b", "123", "y"});
    EXPECT_EQ(t.text(0), "a  1234567890  x\n"
                         "b  123  y\n");
    EXPECT_EQ(t.text(80), "a  12…  x\n"
                          "b  123  y\n");
}

TEST(table, colours_take_no_place_and_end_where_a_cell_is_cut) {
    const std::string green = "\x1b[32mconnected\x1b[0m";
    EXPECT_EQ(shown_width(green), 9U);
    EXPECT_EQ(cut(green, 9), green);
    EXPECT_EQ(cut(green, 5), "\x1b[32mconn…\x1b[0m");
    EXPECT_EQ(cut("connected", 5), "conn…");
    EXPECT_EQ(cut("connected", 0), "");
}

TEST(table, what_is_not_ascii_is_measured_by_what_it_shows) {
    EXPECT_EQ(shown_width("Zürich"), 6U);
    EXPECT_EQ(shown_width("東京"), 4U);
    EXPECT_EQ(shown_width("e\xCC\x81"), 1U); // an accent that combines
    EXPECT_EQ(cut("東京都", 4), "東…");
    EXPECT_EQ(shown_width("\xC3"), 1U); // broken off: no reading beyond the end
    EXPECT_EQ(shown_width("\x1b[3"), 0U);
}

TEST(table, prose_is_broken_at_its_blanks_and_keeps_its_indentation) {
    const std::string entry =
        "Path: /a/very/long/path/of/a/file.sql\n\n    what it does, at length\n";
    EXPECT_EQ(fit_lines(entry, 20), "Path:\n/a/very/long/path/of/a/file.sql\n\n"
                                    "    what it does, at\n    length\n");
    EXPECT_EQ(fit_lines(entry, 0), entry);
    EXPECT_EQ(fit_lines(entry, 80), entry);
}

TEST(table, a_sheet_fits_the_terminal_too) {
    sheet s;
    s.row("database", "Connection refused (localhost:5432, 08001)");
    EXPECT_LE(widest(s.text(30)), 30U);
    EXPECT_EQ(s.text(0), "database  Connection refused (localhost:5432, 08001)\n");
}

// Statements that lose data, or that code which runs at this moment does not survive.
#include "lint/rules.hpp"

#include <array>

namespace headspace::lint {

namespace {

bool drops(const fact& f, const situation& s, object_kind what) {
    return f.what == verb::drop && f.object == what && !s.marked_destructive;
}
bool renames(const fact& f, object_kind what) {
    return f.what == verb::rename && f.object == what;
}

constexpr std::string_view mark =
    "when it is meant, write `-- DESTRUCTIVE: why` above it: then `upgrade` needs "
    "--allow-destructive";

constexpr std::array rows{
    rule{.name = "renaming-column",
         .holds =
             [](const fact& f, const situation& s) {
                 return renames(f, object_kind::column) && s.existing(f);
             },
         .why = "code that runs now uses the old name",
         .remedy = "add the new column and write both, or a view with both names; drop the old one "
                   "later"},
    rule{.name = "renaming-table",
         .holds =
             [](const fact& f, const situation& s) {
                 return (renames(f, object_kind::table) || renames(f, object_kind::view)) &&
                        s.existing(f);
             },
         .why = "code that runs now uses the old name",
         .remedy = "leave a view with the old name until no code uses it"},
    rule{.name = "renaming-schema",
         .holds = [](const fact& f, const situation&) { return renames(f, object_kind::schema); },
         .why = "code that runs now uses the old name",
         .remedy = "make the new schema beside the old one and move the tables later"},
    rule{.name = "renaming-enum-value",
         .holds = [](const fact& f, const situation&) { return f.what == verb::rename_enum_value; },
         .why = "code that runs now writes the old value, and fails",
         .remedy = "add the new value, write that one, and leave the old one in the type"},
    rule{.name = "ban-drop-column",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::drop_column && s.existing(f) && !s.marked_destructive;
             },
         .why = "its data is lost, and code that runs now may use it",
         .remedy = mark},
    rule{.name = "ban-drop-table",
         .holds =
             [](const fact& f, const situation& s) {
                 return drops(f, s, object_kind::table) && s.existing(f);
             },
         .why = "its data is lost, and code that runs now may use it",
         .remedy = mark},
    rule{.name = "ban-drop-schema",
         .holds =
             [](const fact& f, const situation& s) {
                 return drops(f, s, object_kind::schema) && f.cascade && s.existing(f);
             },
         .why = "with CASCADE everything in the schema is lost",
         .remedy = mark},
    rule{.name = "ban-drop-database",
         .holds = [](const fact& f,
                     const situation& s) { return drops(f, s, object_kind::database); },
         .why = "everything is lost",
         .remedy = "no migration does this"},
    rule{.name = "ban-truncate-cascade",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::truncate && f.cascade && !s.marked_destructive;
             },
         .why = "it empties every table that refers to this one, and those that refer to them",
         .remedy = "name the tables; when they are meant, write `-- DESTRUCTIVE: why` above it"},
    rule{.name = "ban-drop-not-null",
         .holds = [](const fact& f,
                     const situation& s) { return f.what == verb::drop_not_null && s.existing(f); },
         .why = "code that reads the column may not expect NULL",
         .remedy = "look at every reader first, then say `-- headspace:nolint ban-drop-not-null`"},
};

} // namespace

std::span<const rule> breaking_rules() {
    return rows;
}

} // namespace headspace::lint

#include "schema/catalogue_builder.hpp"

#include "schema/parents.hpp"

#include <algorithm>
#include <optional>

namespace headspace::schema {

namespace {

// Positions of columns by name; npos when there is none.
class row_reader {
public:
    explicit row_reader(const pg::query_result& rows) : rows_(rows) {}

    [[nodiscard]] std::size_t column(std::string_view name) const {
        const auto found = std::find(rows_.columns.begin(), rows_.columns.end(), name);
        return found == rows_.columns.end()
                   ? npos
                   : static_cast<std::size_t>(found - rows_.columns.begin());
    }
    [[nodiscard]] bool has(std::size_t row, std::size_t where) const {
        return where != npos && !rows_.is_null(row, where);
    }
    [[nodiscard]] std::string text(std::size_t row, std::size_t where) const {
        return has(row, where) ? std::string(rows_.text(row, where)) : std::string();
    }

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

private:
    const pg::query_result& rows_;
};

struct address_columns {
    std::size_t classid, objid, subid;

    address_columns(const row_reader& r, std::string_view c, std::string_view o, std::string_view s)
        : classid(r.column(c)), objid(r.column(o)), subid(r.column(s)) {}
    [[nodiscard]] address of(const row_reader& r, std::size_t row) const {
        return {r.text(row, classid), r.text(row, objid), r.text(row, subid)};
    }
};

bool is_frame(std::string_view column) {
    static constexpr std::string_view names[] = {
        "kind", "classid", "objid", "subid", "pclass", "pobj", "psub", "p1", "p2", "p3", "p4"};
    return std::find(std::begin(names), std::end(names), column) != std::end(names);
}

constexpr const char* extension_class = "3079"; // pg_extension's own oid, the same everywhere

bond bond_of(std::string_view deptype) {
    return deptype == "n" ? bond::normal : bond::automatic;
}

} // namespace

bool catalogue_builder::is_member(const address& a) const {
    return members_.contains({a.classid, a.objid});
}

void catalogue_builder::add_members(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns at(r, "classid", "objid", "subid");
    const std::size_t ext = r.column("ext");
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        const address a = at.of(r, i);
        members_[{a.classid, a.objid}] = r.text(i, ext);
    }
}

void catalogue_builder::add_aliases(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns from(r, "classid", "objid", "subid");
    const address_columns to(r, "toclass", "toobj", "tosub");
    const std::size_t clone = r.column("clone");
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (r.text(i, clone) == "t")
            clones_.insert(from.of(r, i));
        aliases_.emplace(from.of(r, i), to.of(r, i));
    }
}

result<void> catalogue_builder::add_facts(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns self(r, "classid", "objid", "subid");
    const address_columns parent(r, "pclass", "pobj", "psub");
    const std::size_t what = r.column("kind");
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        const address a = self.of(r, i);
        if (is_member(a))
            continue;
        const auto k = kind_named(r.text(i, what));
        if (!k)
            return make_error(errc::internal, error_class::bug,
                              "an extraction query returns the kind '" + r.text(i, what) + "'");
        pending p;
        std::vector<std::string> path;
        for (const char* name : {"p1", "p2", "p3", "p4"})
            if (const std::size_t c = r.column(name); r.has(i, c))
                path.push_back(r.text(i, c));
        p.what.id = fact_id(*k, std::move(path));
        if (r.has(i, parent.objid))
            p.parent = parent.of(r, i);
        for (std::size_t c = 0; c < rows.columns.size(); ++c) {
            const std::string& name = rows.columns[c];
            if (is_frame(name) || !r.has(i, c))
                continue;
            if (name.starts_with('_'))
                p.what.aside.emplace(name.substr(1), r.text(i, c));
            else
                p.what.payload.emplace(name, r.text(i, c));
        }
        pending_.emplace_back(a, std::move(p));
    }
    return {};
}

void catalogue_builder::add_casts(const pg::query_result& rows) {
    const row_reader r(rows);
    const std::size_t from = r.column("from"), to = r.column("to");
    const std::size_t context = r.column("context"), binary = r.column("binary");
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
        out_.casts.push_back(
            {r.text(i, from), r.text(i, to), r.text(i, context)[0], r.text(i, binary) == "t"});
    std::sort(out_.casts.begin(), out_.casts.end());
}

void catalogue_builder::resolve_parents() {
    // Parents can come after their children: repeat until nothing moves. What is left over has a
    // parent that is not modelled, or that belongs to an extension.
    for (bool moved = true; moved;) {
        moved = false;
        std::vector<std::pair<address, pending>> later;
        for (auto& [a, p] : pending_) {
            const fact_id* parent = nullptr;
            if (p.parent) {
                const auto found = at_.find(*p.parent);
                if (found == at_.end()) {
                    later.emplace_back(a, std::move(p));
                    continue;
                }
                parent = &found->second;
            }
            if (parent) {
                p.what.parent = *parent;
                p.what.has_parent = true;
                edges_.insert({p.what.id, *parent,
                               takes_children(parent->what) ? bond::automatic : bond::normal});
            }
            at_.emplace(a, p.what.id);
            fact_id id = p.what.id;
            out_.facts.emplace(std::move(id), std::move(p.what));
            moved = true;
        }
        pending_ = std::move(later);
    }
}

const fact_id* catalogue_builder::fact_at(address a) const {
    constexpr int longest_chain = 6;
    for (int i = 0; i < longest_chain; ++i) {
        if (const auto found = at_.find(a); found != at_.end())
            return &found->second;
        if (const auto next = aliases_.find(a); next != aliases_.end()) {
            a = next->second;
            continue;
        }
        if (const auto owner = members_.find({a.classid, a.objid}); owner != members_.end()) {
            const auto extension = at_.find({extension_class, owner->second, "0"});
            return extension == at_.end() ? nullptr : &extension->second;
        }
        if (a.subid == "0")
            return nullptr;
        a.subid = "0"; // a column that is no fact: its relation
    }
    return nullptr;
}

bool catalogue_builder::is_clone(address a) const {
    for (;;) {
        if (clones_.contains(a))
            return true;
        const auto next = aliases_.find(a);
        if (at_.contains(a) || next == aliases_.end())
            return false;
        a = next->second;
    }
}

void catalogue_builder::attach(fact_id id, const fact_id& parent, attributes payload) {
    fact f;
    f.id = std::move(id);
    f.parent = parent;
    f.has_parent = true;
    edges_.insert({f.id, parent, bond::automatic});
    fact& kept = out_.facts.emplace(f.id, f).first->second;
    kept.payload.merge(payload);
}

void catalogue_builder::add_comments(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns at(r, "classid", "objid", "subid");
    const std::size_t text = r.column("text");
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        const address a = at.of(r, i);
        attributes payload{{"text", r.text(i, text)}};
        if (const auto on = at_.find(a); on != at_.end())
            attach(fact_id(kind::comment, on->second.what, on->second.path), on->second,
                   std::move(payload));
        else if (const fact_id* stand_in = fact_at(a); stand_in && has_index(stand_in->what))
            // The index behind a constraint has the constraint's name.
            attach(fact_id(kind::comment, kind::index, {stand_in->path[0], stand_in->path[2]}),
                   *stand_in, std::move(payload));
    }
}

void catalogue_builder::add_privileges(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns at(r, "classid", "objid", "subid");
    const std::size_t grantee = r.column("grantee"), privilege = r.column("privilege");
    const std::size_t state = r.column("state");
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
        if (const auto on = at_.find(at.of(r, i)); on != at_.end()) {
            auto path = on->second.path;
            path.push_back(r.text(i, grantee));
            attach(fact_id(kind::privilege, on->second.what, std::move(path)), on->second,
                   {{r.text(i, privilege), r.text(i, state)}});
        }
}

void catalogue_builder::add_dependencies(const pg::query_result& rows) {
    const row_reader r(rows);
    const address_columns from(r, "classid", "objid", "subid");
    const address_columns to(r, "refclass", "refobj", "refsub");
    const std::size_t deptype = r.column("deptype");
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (is_clone(from.of(r, i)))
            continue; // what it depends on is its partition's, and goes and comes with that
        const fact_id* who = fact_at(from.of(r, i));
        const fact_id* whom = fact_at(to.of(r, i));
        if (!who || !whom || *who == *whom)
            continue;
        const bond strength = bond_of(r.text(i, deptype));
        if (who->what == kind::sequence && whom->what == kind::column &&
            strength == bond::automatic) {
            // OWNED BY is a fact of its own: the sequence can exist before its column.
            edges_.insert({*who, *whom, bond::swept});
            const fact_id owner(kind::sequence_owner, who->path);
            if (out_.facts.contains(owner))
                edges_.insert({owner, *whom, bond::swept});
            continue;
        }
        edges_.insert({*who, *whom, strength});
    }
}

std::vector<address> catalogue_builder::unexplained(const pg::query_result& everything) const {
    const row_reader r(everything);
    const std::size_t classid = r.column("classid"), objid = r.column("objid");
    std::vector<address> found;
    for (std::size_t i = 0; i < everything.rows.size(); ++i) {
        const address a{r.text(i, classid), r.text(i, objid), "0"};
        if (is_member(a) || at_.contains(a))
            continue;
        // An internal object is explained by what stands for it, which may itself be unexplained
        // and is then named.
        if (aliases_.contains(a))
            continue;
        found.push_back(a);
    }
    return found;
}

void catalogue_builder::add_unmodelled(const pg::query_result& rows) {
    const row_reader r(rows);
    const std::size_t type = r.column("type"), identity = r.column("identity");
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
        out_.unmodelled.push_back({r.text(i, type), r.text(i, identity)});
    std::sort(out_.unmodelled.begin(), out_.unmodelled.end());
}

// What is said of an inherited column is said after it is said of the parents' one.
void catalogue_builder::add_edges_upwards() {
    const auto climb = [&](const auto& self, const fact_id& from, const fact& table) -> void {
        for (const std::string& name : parents_of(table)) {
            const fact* parent = table_named(out_, name);
            if (!parent)
                continue;
            for (const kind k : {kind::column, kind::default_value, kind::inherited_column}) {
                const fact_id above(k, {parent->id.path[0], parent->id.path[1], from.path[2]});
                if (out_.facts.contains(above))
                    edges_.insert(
                        {from, above, k == kind::column ? bond::automatic : bond::normal});
            }
            self(self, from, *parent);
        }
    };
    for (const auto& [id, f] : out_.facts)
        if (id.what == kind::inherited_column)
            climb(climb, id, out_.facts.at(f.parent));
}

catalogue catalogue_builder::finish(int server_version, std::string role) {
    add_edges_upwards();
    out_.role = std::move(role);
    out_.edges.assign(edges_.begin(), edges_.end());
    out_.server_version = server_version;
    return std::move(out_);
}

} // namespace headspace::schema

#include "ctl/db_current.hpp"

#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::revision_list;
using revisions::revision_set;

result<revision_set> ask_current(context& ctx) {
    const result<json::value> answer = ctx.ask("GET", "/v1/migrations");
    if (!answer)
        return answer.error();
    if (text_of(*answer, "state") == "unknown")
        return make_error(errc::database_unavailable, error_class::unavailable,
                          "the current revision is not known", text_of(*answer, "reason"));
    revision_set current;
    for (const std::string& revision : texts_of(*answer, "current"))
        current.insert(revision);
    return current;
}

revision_set applied_of(const revisions::graph& graph, const revision_set& current) {
    revision_set applied = graph.ancestors(revision_list(current.begin(), current.end()));
    applied.insert(current.begin(), current.end());
    return applied;
}

} // namespace headspace::ctl

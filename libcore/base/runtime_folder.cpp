#include "base/runtime_folder.hpp"

namespace headspace {

runtime_folder default_runtime_folder(const runtime_environment& env) {
    if (env.service && !env.units.empty())
        return {env.units.substr(0, env.units.find(':'))};
    if (env.uid == 0 || (env.service && env.users.empty()))
        return {std::string(system_runtime_folder)};
    if (!env.users.empty())
        return {env.users + "/headspace"};
    return {"/tmp/headspace-" + std::to_string(env.uid), true};
}

} // namespace headspace

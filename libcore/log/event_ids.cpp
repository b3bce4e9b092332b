#include "log/event_ids.hpp"

#include <algorithm>
#include <array>

namespace headspace::log {

namespace {

constexpr auto ids = std::to_array<event_id>({
    {"admin_handler_failed", "47eaa0992cb6416d86dc283cf0480ff9"},
    {"admin_request", "1509bb0a9bf143318a118783593942a4"},
    {"admin_session_failed", "f5ec52ed0108447592e1bc7656670b14"},
    {"cancel_failed", "59ba1b0d5c904158a909406c2e416788"},
    {"configuration", "5d32fe61985f44e7aa095ee82bb29976"},
    {"connection_budget", "9a1e40b458154a9999e2d15364c7a500"},
    {"connection_lost", "68b4aef73eaa4e179d8a4eace693ae2d"},
    {"crashed", "142c83647806457793e783e7eb04b39b"},
    {"database_connected", "3b041641178844f2a60df25453fe2e85"},
    {"database_created", "00a154d85ed84bccb5c719c2add9ca88"},
    {"database_failed", "c0290103855d4f5599ec8712e8e3574f"},
    {"embedded_down", "6e704245a4ff41e3a7949b80dcb0b82e"},
    {"embedded_new", "de1b1471320a48eab7a788d106762832"},
    {"embedded_output", "4350cc1721e54f21acd552a09ddbef12"},
    {"embedded_slow_stop", "9ed89eddd6844325b600e6129ec04ece"},
    {"embedded_up", "627bf3225fac4cb6a34acb115ee347dd"},
    {"health_ping_failed", "a930d55d954540f3ae889fe46f2c7a8c"},
    {"http_closed", "43f2f1936e854f08b5927b0fe339d309"},
    {"http_listening", "990d3cd8381d422f850c86bd84e0164b"},
    {"internal_error", "e07cb5793e7f497bbcc1c0c8b0cdf20a"},
    {"lease_held", "78f6d82486ea4214b5c34e7e77ca4499"},
    {"lease_killed", "1dcd327f761e47cbbb7e8913655c1d15"},
    {"lease_returned", "9672be1a7fed4bb9a92fa271dbc52933"},
    {"listening", "c44a66f4cf2543469cbe4f50bdbcda98"},
    {"log_dropped", "1e2ed6cb64704f1f934b8db4b18fbdb1"},
    {"migration_cancel_failed", "4f859933fdf0445f97e485b6761978dd"},
    {"migration_done", "2e460a9618944a2399855162fd0b00ea"},
    {"migration_failed", "310a853eec9a42f28ea9877af376bc25"},
    {"migration_observer_failed", "64e752cc93a948b681f72b0a43c20f56"},
    {"migration_repaired", "bbb3a32acf00477cba674d0a5fd11a32"},
    {"migration_step", "79ded9f207d3436c905bdd8f4ed3d99e"},
    {"migration_stopped", "8a9e1df7e771476ead783715ee6f7a8f"},
    {"migration_waiting", "9e180bf5c37e41e2a9fa541c228a3129"},
    {"migration_warning", "20b81d7f8e9e4bb8b4a37b2b926271f2"},
    {"notify_flows", "aafaf84bafd848d387f336da84c6a400"},
    {"notify_waits", "38bf8cc279b54a73838e4a118913c782"},
    {"operation_done", "d38cf73419a74ae4bdf3bae7d3f28783"},
    {"orphan_found", "61796ac410554b629804abbec2b8c1c5"},
    {"pool_down", "95655d03be614ea4bf28bbfa4dee94f9"},
    {"pool_down_cause", "e5600642060d4a21a64b88b0402db603"},
    {"pool_flapping", "3c0eea6699184b1dbee7a16b0a6bf830"},
    {"pool_full", "efdeed7f9f6f4756a0cda0172bac7c60"},
    {"pool_full_over", "fb474e95e2f04826ba9153bde3221553"},
    {"pool_invariant", "980f951ce3924fcdb6d4d9b1cac733f4"},
    {"pool_still_down", "7acfa1b61d3143abbd3f3fbf902456cf"},
    {"pool_up", "e85a57fc9b3944c1be127b35baaa7b43"},
    {"reload", "4e64eff0ad5243c38c411c6db644c0fe"},
    {"reload_failed", "bfbfc1d9fe274f1a9db88d09aca93b03"},
    {"returned_busy", "42eb80dca7c345998ff8330c4d719ec7"},
    {"rollback_on_return", "c1a1dbfdf0494dc09392e4527ea2fb2b"},
    {"scratch_dropped", "88aaeb7cb3144f258e6833eb0bd47e27"},
    {"scratch_left", "33c6a5a5b2b140da8f6592a5a30abf65"},
    {"scratch_not_reaped", "372c423587a24abd9c644f950d5e92c8"},
    {"server", "6379e36933674dd4890da4fc0b39b779"},
    {"stale_primary", "2a8684093797420bba322062ce9001ef"},
    {"stale_primary_over", "cb80142c81e84a41a64f74fea5b5c578"},
    {"start_failed", "4c02aa642a33417dafc52a098b36cd0c"},
    {"stopped", "2c75bf6145d1449a8ba170c9e6c39385"},
    {"stopping", "14c7fc1c85f5447ab258c319f97bf1b8"},
    {"terminated", "d26d4b5ac542476783f7fbb2c1465919"},
    {"timeline_raised", "92c3bfee8e9f4526b4ab769e1d4756cb"},
    {"timelines_not_kept", "e16696f11421434a99b1fa39002af943"},
    {"wrong_server", "f82b08ea79e14c25ad0375b49fbc5e01"},
});

} // namespace

std::span<const event_id> event_ids() noexcept {
    return ids;
}

std::string_view message_id(std::string_view event) noexcept {
    const auto found =
        std::lower_bound(ids.begin(), ids.end(), event,
                         [](const event_id& e, std::string_view name) { return e.name < name; });
    return found == ids.end() || found->name != event ? std::string_view() : found->id;
}

} // namespace headspace::log

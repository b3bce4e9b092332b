#include "soak/faults.hpp"

#include <array>
#include <csignal>

namespace headspace::soak {

using namespace headspace::test;

namespace {

void nothing(world&) {}

void change(world& w, faults to) {
    w.proxy.with([to](fault_proxy& proxy) { proxy.set() = to; });
}

void pass(world& w) {
    change(w, {});
}

void cut_off(world& w) {
    change(w, {.refuse = true});
    w.proxy.with([](fault_proxy& proxy) { proxy.reset_all(); });
}

void start_server(world& w) {
    w.cluster.start();
}

void every_process(world& w, void (*signal)(pid_t)) {
    signal(w.cluster.postmaster()); // first: no backend is born that would be missed
    for (const pid_t pid : children_of(w.cluster.postmaster()))
        signal(pid);
}

void alter(world& w, const std::string& sql) {
    w.cluster.sql("postgres", sql);
}

void alter_and_terminate(world& w, const std::string& sql) {
    alter(w, sql);
    w.terminate_all();
}

constexpr std::array faults_of_a_day{
    fault{"connections are reset and nothing listens", effect::outage, cut_off, pass},
    fault{"every connection is closed", effect::blip,
          [](world& w) { w.proxy.with([](fault_proxy& proxy) { proxy.close_all(); }); }, nothing},
    fault{"every connection is reset", effect::blip,
          [](world& w) { w.proxy.with([](fault_proxy& proxy) { proxy.reset_all(); }); }, nothing},
    fault{"the network swallows everything", effect::outage,
          [](world& w) { change(w, {.black_hole = true}); },
          [](world& w) {
              pass(w);
              // What was swallowed does not come any more: no byte is lost on a connection.
              w.proxy.with([](fault_proxy& proxy) { proxy.reset_all(); });
          }},
    fault{"the network is slow", effect::none, [](world& w) { change(w, {.delay = 20ms}); }, pass},
    fault{"everything comes in pieces", effect::none,
          [](world& w) { change(w, {.one_byte = true}); }, pass},
    fault{"connections are cut within an answer", effect::blip,
          [](world& w) { change(w, {.cut_after = 700}); }, pass},
    fault{"the server is stopped", effect::outage,
          [](world& w) { w.cluster.stop(stop_mode::fast); }, start_server},
    fault{"the server is stopped at once", effect::outage,
          [](world& w) { w.cluster.stop(stop_mode::immediate); }, start_server},
    fault{"the postmaster is killed", effect::outage, [](world& w) { w.cluster.kill_postmaster(); },
          start_server},
    fault{"the server is restarted", effect::blip,
          [](world& w) {
              w.cluster.stop(stop_mode::fast);
              w.cluster.start();
          },
          nothing},
    fault{"a backend is killed", effect::blip,
          [](world& w) {
              const auto pids = w.cluster.backends("headspaced");
              if (!pids.empty())
                  ::kill(pids.front(), SIGKILL);
          },
          [](world& w) {
              w.cluster.wait_until_ready();
          }},
    fault{"every backend is ended", effect::blip, [](world& w) { w.terminate_all(); }, nothing},
    fault{"every statement is cancelled", effect::none,
          [](world& w) {
              alter(w, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
          },
          nothing},
    fault{"the server stands still", effect::outage,
          [](world& w) { every_process(w, temp_cluster::freeze); },
          [](world& w) {
              every_process(w, temp_cluster::thaw);
          }},
    fault{"the password is changed, ours later", effect::outage,
          [](world& w) {
              w.set_server_password(w.password + "x");
              w.terminate_all();
          },
          [](world& w) {
              w.set_our_password();
          }},
    fault{"the password is changed in both places", effect::blip,
          [](world& w) {
              w.set_server_password(std::string(canary) + (w.password.ends_with('y') ? "" : "y"));
              w.set_our_password();
              w.terminate_all();
          },
          nothing},
    fault{"pg_hba.conf lets nobody in", effect::outage,
          [](world& w) {
              w.cluster.set_hba({"host all all 127.0.0.1/32 reject"});
              w.terminate_all();
          },
          [](world& w) {
              w.cluster.set_hba({"host all all 127.0.0.1/32 scram-sha-256"});
          }},
    fault{"the role may not log in", effect::outage,
          [](world& w) { alter_and_terminate(w, "ALTER ROLE app NOLOGIN"); },
          [](world& w) {
              alter(w, "ALTER ROLE app LOGIN");
          }},
    fault{"the database takes no connections", effect::outage,
          [](world& w) { alter_and_terminate(w, "ALTER DATABASE app ALLOW_CONNECTIONS false"); },
          [](world& w) {
              alter(w, "ALTER DATABASE app ALLOW_CONNECTIONS true");
          }},
    fault{"the database is gone", effect::outage,
          [](world& w) {
              alter_and_terminate(w, "ALTER DATABASE app ALLOW_CONNECTIONS false");
              eventually([&] {
                  try {
                      alter(w, "ALTER DATABASE app RENAME TO app_away");
                      return true;
                  } catch (const std::runtime_error&) {
                      return false; // the last session is about to end
                  }
              });
          },
          [](world& w) {
              alter(w, "ALTER DATABASE app_away RENAME TO app");
              alter(w, "ALTER DATABASE app ALLOW_CONNECTIONS true");
          }},
    fault{"there is room for one connection only", effect::blip,
          [](world& w) { alter_and_terminate(w, "ALTER ROLE app CONNECTION LIMIT 1"); },
          [](world& w) {
              alter(w, "ALTER ROLE app CONNECTION LIMIT -1");
          }},
    fault{"idle sessions are ended", effect::blip,
          [](world& w) { w.cluster.set("idle_session_timeout", "300ms"); },
          [](world& w) {
              w.cluster.set("idle_session_timeout", "0");
          }},
    fault{"the pool becomes smaller and larger", effect::none,
          [](world& w) {
              w.write_settings("pool_size = 3\n");
              w.daemon.signal(SIGHUP);
          },
          [](world& w) {
              w.write_settings();
              w.daemon.signal(SIGHUP);
          }},
    fault{"a broken configuration is reloaded", effect::none,
          [](world& w) {
              w.write_settings("pool_size = \"many\"\n");
              w.daemon.signal(SIGHUP);
          },
          [](world& w) {
              w.write_settings();
              w.daemon.signal(SIGHUP);
          }},
    fault{"the database is read-only", effect::none,
          [](world& w) { w.cluster.set("default_transaction_read_only", "on"); },
          [](world& w) {
              w.cluster.set("default_transaction_read_only", "off");
          }},
    fault{"headspaced is killed", effect::none, [](world& w) { w.restart_daemon(SIGKILL); },
          nothing},
    fault{"headspaced is restarted", effect::none, [](world& w) { w.restart_daemon(SIGTERM); },
          nothing},
};

} // namespace

std::span<const fault> every_fault() {
    return faults_of_a_day;
}

} // namespace headspace::soak

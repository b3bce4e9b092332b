// Started by read_test with an environment full of secrets: captures it and shows what is left of
// it, for itself, for its children and for whoever reads /proc.
#include "config/read.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
    using namespace headspace::config;
    if (argc > 2 && std::string_view(argv[1]) == "argument") {
        const auto value = secret_argument(argv[2], "--url");
        std::cout << "value: "
                  << (value ? std::string(value.value().reveal()) : value.error().text())
                  << "\nleft in argv: " << argv[2] << '\n';
        std::ifstream cmdline("/proc/self/cmdline", std::ios::binary);
        std::cout << "cmdline: " << cmdline.rdbuf() << '\n';
        return 0;
    }
    const captured_environment captured = capture_environment();
    std::cout << "captured:";
    for (const auto& [name, value] : captured.variables)
        if (name.starts_with("DATABASE_") || name.starts_with("PG"))
            std::cout << ' ' << name << '=' << value.reveal().size();
    std::cout << "\nservice: " << captured.service << "\nenviron:";
    for (char** entry = environ; *entry != nullptr; ++entry)
        std::cout << ' ' << *entry;
    std::cout << "\nproc: " << std::ifstream("/proc/self/environ", std::ios::binary).rdbuf()
              << '\n';
    forbid_dumping();
    std::cout << "dumpable: " << ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) << '\n';
    return 0;
}

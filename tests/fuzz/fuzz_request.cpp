// What arrives on the admin socket, in one piece and in pieces: the requests must be the same. When
// a malformed one is refused may differ: the parser looks at a header whose end has not arrived as
// far as the pieces let it.
#include "admin/message.hpp"
#include "admin/request_reader.hpp"
#include "admin/router.hpp"
#include "promise.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace headspace;
using namespace headspace::admin;
using headspace::test::promise;

namespace {

constexpr std::size_t header_limit = 512;
constexpr std::size_t body_limit = 64;

std::string summary(const request_head& head, const std::string& body) {
    return std::string(head.method) + ' ' + head.target + ' ' + head.host + ' ' + head.accept +
           (head.has_origin ? " origin " : " ") + (head.keep_alive ? "keep " : "close ") + body;
}

/// What a handler does with a request before it knows what it means.
void look_at(const request_head& head, const std::string& body) {
    request req;
    req.method = head.method;
    req.body = body;
    if (split_target(head.target, req)) {
        router routes;
        routes.add("GET", "/v1/operations/{id}", scope::admin,
                   plain_handler([](const request&) { return response(); }));
        (void)routes.find(req.method, req.path, scope::admin, req);
    }
    const std::string path = shown(head.target);
    promise(path.size() <= 210 &&
                std::all_of(path.begin(), path.end(), [](char c) { return c >= ' ' && c <= '~'; }),
            "a path that is shown is short and printable");
    const auto object = body_object(req, {"target", "message"});
    promise(object || !object.error().message.empty(), "an error says something");
}

std::vector<std::string> requests_in(std::string_view bytes, std::size_t piece) {
    std::vector<std::string> all;
    request_reader reader(header_limit, 256);
    for (;;) {
        switch (reader.advance()) {
        case request_reader::step::need_more: {
            if (bytes.empty())
                return all;
            const auto room = reader.prepare();
            const std::size_t n = std::min({piece, bytes.size(), room.size()});
            std::copy_n(bytes.data(), n, room.data());
            reader.commit(n);
            bytes.remove_prefix(n);
            break;
        }
        case request_reader::step::header:
            reader.allow_body(body_limit);
            break;
        case request_reader::step::done: {
            const request_head head = reader.head();
            const std::string body = reader.take_body();
            promise(body.size() <= body_limit, "a body is within its limit");
            look_at(head, body);
            all.push_back(summary(head, body));
            reader.next();
            break;
        }
        case request_reader::step::failed:
            promise(!reader.failure().message.empty(), "an error says something");
            return all;
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = test::as_text(data, size);
    const auto whole = requests_in(bytes, 256);
    promise(requests_in(bytes, 1) == whole, "pieces of one byte make the same requests");
    promise(requests_in(bytes, 7) == whole, "pieces of seven bytes make the same requests");
    return 0;
}

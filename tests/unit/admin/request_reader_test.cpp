#include "admin/request_reader.hpp"
#include "base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace headspace;
using headspace::admin::request_reader;
using step = request_reader::step;

namespace {

void give(request_reader& reader, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto room = reader.prepare();
        const std::size_t count = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), count, room.begin());
        reader.commit(count);
        bytes.remove_prefix(count);
    }
}

} // namespace

TEST(request_reader, a_request_byte_by_byte_is_the_same_request) {
    request_reader reader(1024, 256);
    const std::string bytes = "POST /v1/reload?x=1 HTTP/1.1\r\nHost: localhost\r\nAccept: a/b\r\n"
                              "Content-Length: 3\r\n\r\nabc";
    step last = step::need_more;
    bool had_header = false;
    for (const char c : bytes) {
        ASSERT_EQ(last, step::need_more);
        give(reader, {&c, 1});
        last = reader.advance();
        if (last == step::header) {
            had_header = true;
            reader.allow_body(10);
            last = reader.advance();
        }
    }
    ASSERT_TRUE(had_header);
    ASSERT_EQ(last, step::done);
    EXPECT_EQ(reader.head().method, "POST");
    EXPECT_EQ(reader.head().target, "/v1/reload?x=1");
    EXPECT_EQ(reader.head().accept, "a/b");
    EXPECT_TRUE(reader.head().keep_alive);
    EXPECT_EQ(reader.take_body(), "abc");
}

TEST(request_reader, pipelined_requests_come_one_after_the_other) {
    request_reader reader(1024, 4096);
    give(reader, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.0\r\n\r\n");
    ASSERT_EQ(reader.advance(), step::header);
    EXPECT_EQ(reader.head().target, "/a");
    EXPECT_FALSE(reader.head().head_only);
    ASSERT_EQ(reader.advance(), step::done);
    reader.next();
    ASSERT_TRUE(reader.has_bytes());
    ASSERT_EQ(reader.advance(), step::header);
    EXPECT_EQ(reader.head().target, "/b");
    EXPECT_EQ(reader.head().method, "GET");
    EXPECT_TRUE(reader.head().head_only);
    EXPECT_FALSE(reader.head().keep_alive);
    EXPECT_FALSE(reader.head().http11);
    ASSERT_EQ(reader.advance(), step::done);
    reader.next();
    EXPECT_FALSE(reader.has_bytes());
    EXPECT_EQ(reader.advance(), step::need_more);
}

TEST(request_reader, a_header_beyond_the_limit_fails_before_its_end_has_come) {
    request_reader reader(1024, 4096);
    give(reader, "GET / HTTP/1.1\r\nX: " + std::string(2000, 'a'));
    ASSERT_EQ(reader.advance(), step::failed);
    EXPECT_EQ(reader.failure().code, make_error_code(errc::header_too_large));
}

TEST(request_reader, many_small_fields_count_like_one_big_one) {
    request_reader reader(1024, 4096);
    step last = step::need_more;
    give(reader, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 1000 && last == step::need_more; ++i) {
        give(reader, "A: b\r\n");
        last = reader.advance();
    }
    ASSERT_EQ(last, step::failed);
    EXPECT_EQ(reader.failure().code, make_error_code(errc::header_too_large));
}

TEST(request_reader, a_chunked_body_is_limited_though_nobody_announced_its_length) {
    request_reader reader(1024, 4096);
    give(reader, "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    ASSERT_EQ(reader.advance(), step::header);
    EXPECT_TRUE(reader.head().has_body);
    reader.allow_body(8);
    ASSERT_EQ(reader.advance(), step::failed);
    EXPECT_EQ(reader.failure().code, make_error_code(errc::body_too_large));
}

TEST(request_reader, garbage_is_no_request) {
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x01\x01\r\n\r\n"), std::string(64, '\0'),
          std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nNo colon\r\n\r\n")}) {
        request_reader reader(1024, 4096);
        give(reader, bytes);
        ASSERT_EQ(reader.advance(), step::failed) << bytes;
        EXPECT_EQ(reader.failure().code, make_error_code(errc::bad_request)) << bytes;
    }
}

#include "lake/cli/http_client.hpp"

#include <gtest/gtest.h>

namespace lake::cli {
namespace {

TEST(ServerAddress, IsReadWithOrWithoutItsParts) {
  struct Case {
    const char* text;
    const char* host;
    const char* port;
    const char* token;
  };
  constexpr Case kCases[] = {{"http://127.0.0.1:9000", "127.0.0.1", "9000", ""},
                             {"localhost", "localhost", "8080", ""},
                             {"http://h:1/#token=abc", "h", "1", "abc"},
                             {"http://h:1/?token=abc", "h", "1", "abc"},
                             {"http://[::1]:80/", "::1", "80", ""},
                             {"[::1]", "::1", "8080", ""}};
  for (const Case& one : kCases) {
    const auto address = parse_server_address(one.text);
    ASSERT_TRUE(address.has_value()) << one.text;
    EXPECT_EQ(address->host, one.host);
    EXPECT_EQ(address->port, one.port);
    EXPECT_EQ(address->token, one.token);
  }
}

TEST(ServerAddress, NonsenseIsRefused) {
  for (const char* text : {"", "http://", "https://h:1", "h:port", "http://h/path", ":80", "h:"}) {
    EXPECT_FALSE(parse_server_address(text).has_value()) << text;
  }
}

TEST(HttpClient, NobodyThereIsUnavailable) {
  HttpClient client({"127.0.0.1", "1", ""}, "");
  const auto answer =
      client.request("GET", "/livez", "", {}, [](const HttpAnswer&, std::string_view) { return ok(); });
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lake::cli

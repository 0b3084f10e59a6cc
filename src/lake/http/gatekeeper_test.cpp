#include "lake/http/gatekeeper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "lake/os/random.hpp"
#include "lake/sim/clock.hpp"

namespace lake::http {
namespace {

class GatekeeperTest : public ::testing::Test {
 protected:
  GatekeeperTest() {
    os::PosixFileSystem files;
    const auto directory = ::testing::TempDir() + "gatekeeper_test_" + std::to_string(::getpid());
    EXPECT_TRUE(files.create_directories(directory));
    token_.emplace(*access::AdminToken::load_or_make(files, random_, directory));
    EXPECT_TRUE(files.remove_tree(directory));
  }
  Gatekeeper gatekeeper(const std::string& address = "127.0.0.1") {
    return {*token_, clock_, random_, address, 8080};
  }
  /// What a browser sends back.
  static std::string sent_back(const std::string& set_cookie) {
    return set_cookie.substr(0, set_cookie.find(';'));
  }
  static Request with(std::map<std::string, std::string> headers, const std::string& method = "GET") {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    return request;
  }
  os::SeededRandom random_{1};
  sim::SimClock clock_;
  std::optional<access::AdminToken> token_;
};

TEST_F(GatekeeperTest, OnlyOurOwnNamesAreHosts) {
  const auto gate = gatekeeper();
  for (const auto* host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"}) {
    EXPECT_FALSE(gate.check_address(with({{"host", host}}))) << host;
  }
  for (const auto* host : {"evil.example:8080", "localhost", "localhost:80", "127.0.0.1.evil.example:8080",
                           "192.168.0.2:8080", ""}) {
    EXPECT_TRUE(gate.check_address(with({{"host", host}}))) << host;
  }
  EXPECT_EQ(gate.check_address(with({}))->status, 400U);
}

TEST_F(GatekeeperTest, WildcardTakesNumbersButNoNames) {
  const auto gate = gatekeeper("0.0.0.0");
  EXPECT_FALSE(gate.check_address(with({{"host", "192.168.0.2:8080"}})));
  EXPECT_TRUE(gate.check_address(with({{"host", "evil.example:8080"}})));
}

TEST_F(GatekeeperTest, OriginMustBeThisServer) {
  const auto gate = gatekeeper();
  EXPECT_FALSE(gate.check_address(with({{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}})));
  for (const auto* origin :
       {"null", "http://evil.example", "https://localhost:8080", "http://127.0.0.1:8080"}) {
    EXPECT_TRUE(gate.check_address(with({{"host", "localhost:8080"}, {"origin", origin}}))) << origin;
  }
}

TEST_F(GatekeeperTest, BearerTokenLetsIn) {
  const auto gate = gatekeeper();
  EXPECT_FALSE(gate.check_token(with({{"authorization", "Bearer " + token_->reveal()}})));
  EXPECT_FALSE(gate.check_token(with({{"authorization", "bearer " + token_->reveal()}})));
  for (const auto& headers : std::vector<std::map<std::string, std::string>>{
           {},
           {{"authorization", token_->reveal()}},
           {{"authorization", "Basic " + token_->reveal()}},
           {{"authorization", "Bearer "}},
           {{"authorization", "Bearer " + token_->reveal() + "0"}},
           {{"cookie", "dplake_8080=" + token_->reveal()}},
           {{"cookie", "; ;"}},
           {{"authorization", "Bearer x"}, {"cookie", "dplake_8080=" + token_->reveal()}},
       }) {
    const auto failure = gate.check_token(with(headers));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->status, 401U);
  }
}

TEST_F(GatekeeperTest, ABrowserIsKnownByATextOfItsOwn) {
  auto gate = gatekeeper();
  const std::string first = sent_back(gate.cookie());
  EXPECT_TRUE(first.starts_with("dplake_8080="));
  EXPECT_EQ(first.find(token_->reveal()), std::string::npos);
  EXPECT_FALSE(gate.check_token(with({{"cookie", "a=b; " + first + "; c=d"}})));
  EXPECT_NE(sent_back(gate.cookie()), first);
  EXPECT_TRUE(gate.check_token(with({{"cookie", first + "0"}})));
  EXPECT_TRUE(gate.check_token(with({{"cookie", "dplake_8081=" + first.substr(first.find('=') + 1)}})));
  EXPECT_TRUE(gatekeeper().check_token(with({{"cookie", first}})));  // another server's
  clock_.advance(Gatekeeper::kBrowserTime);
  EXPECT_TRUE(gate.check_token(with({{"cookie", first}})));
}

TEST_F(GatekeeperTest, OnlySoManyBrowsersAreKnown) {
  auto gate = gatekeeper();
  const std::string first = sent_back(gate.cookie());
  std::string last;
  for (std::size_t i = 0; i < Gatekeeper::kBrowsersMax; ++i) last = sent_back(gate.cookie());
  EXPECT_TRUE(gate.check_token(with({{"cookie", first}})));
  EXPECT_FALSE(gate.check_token(with({{"cookie", last}})));
}

TEST_F(GatekeeperTest, BodiesSayTheirType) {
  const auto gate = gatekeeper();
  EXPECT_FALSE(gate.check_body(with({{"content-type", "application/json; charset=utf-8"}}, "POST")));
  EXPECT_FALSE(gate.check_body(with({}, "DELETE")));
  for (const auto* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ""}) {
    EXPECT_EQ(gate.check_body(with({{"content-type", type}}, "POST"))->status, 415U) << type;
  }
  EXPECT_EQ(gate.check_body(with({}, "POST"))->status, 415U);
}

}  // namespace
}  // namespace lake::http

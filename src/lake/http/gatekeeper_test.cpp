#include "lake/http/gatekeeper.hpp"

#include <gtest/gtest.h>

#include "lake/os/random.hpp"

namespace lake::http {
namespace {

class GatekeeperTest : public ::testing::Test {
 protected:
  GatekeeperTest() {
    os::PosixFileSystem files;
    os::SeededRandom random(1);
    const auto directory = ::testing::TempDir() + "gatekeeper_test";
    EXPECT_TRUE(files.create_directories(directory));
    token_.emplace(*access::AdminToken::load_or_make(files, random, directory));
  }
  Gatekeeper gatekeeper(const std::string& address = "127.0.0.1") { return {*token_, address, 8080}; }
  static Request with(std::map<std::string, std::string> headers, const std::string& method = "GET") {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    return request;
  }
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

TEST_F(GatekeeperTest, TokenComesAsBearerOrCookie) {
  const auto gate = gatekeeper();
  EXPECT_FALSE(gate.check_token(with({{"authorization", "Bearer " + token_->reveal()}})));
  EXPECT_FALSE(gate.check_token(with({{"authorization", "bearer " + token_->reveal()}})));
  EXPECT_FALSE(gate.check_token(with({{"cookie", "a=b; dplake_8080=" + token_->reveal() + "; c=d"}})));
  for (const auto& headers : std::vector<std::map<std::string, std::string>>{
           {},
           {{"authorization", token_->reveal()}},
           {{"authorization", "Basic " + token_->reveal()}},
           {{"authorization", "Bearer "}},
           {{"authorization", "Bearer " + token_->reveal() + "0"}},
           {{"cookie", "dplake_8081=" + token_->reveal()}},
           {{"cookie", "; ;"}},
           {{"authorization", "Bearer x"}, {"cookie", "dplake_8080=" + token_->reveal()}},
       }) {
    const auto failure = gate.check_token(with(headers));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->status, 401U);
  }
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

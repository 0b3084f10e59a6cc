#include "lake/http/routes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lake::http {
namespace {

unsigned status_for(const std::string& method, const std::string& path, Request& request, Failure& failure) {
  request.method = method;
  request.path = path;
  return find_route(all_routes(), request, failure) ? 200 : failure.status;
}

TEST(Routes, EachRowHasExactlyOneWayToAnswer) {
  for (const auto& route : all_routes()) {
    const int ways = static_cast<int>(route.quick != nullptr) + static_cast<int>(route.working != nullptr) +
                     static_cast<int>(route.events != nullptr);
    EXPECT_EQ(ways, 1) << route.pattern;
    EXPECT_FALSE(route.summary.empty()) << route.pattern;
  }
}

TEST(Routes, OnlyTheProbesAreOpen) {
  for (const auto& route : all_routes()) {
    EXPECT_EQ(route.guard == Guard::kOpen, route.pattern == "/livez" || route.pattern == "/readyz")
        << route.pattern;
  }
}

TEST(Routes, PartsOfThePathAreTaken) {
  Request request;
  Failure failure{Error(ErrorCode::kInternal, ""), 0, {}};
  EXPECT_EQ(status_for("DELETE", "/api/v1/query/abc", request, failure), 200U);
  EXPECT_EQ(request.path_parts.at("id"), "abc");
}

TEST(Routes, TheRestOfAPathIsOnePart) {
  const std::array<Route, 1> routes = {
      {{"GET", "/b/{bucket}/{key...}", Guard::kToken, nullptr, nullptr, "for this test"}}};
  Request request;
  request.method = "GET";
  Failure failure{Error(ErrorCode::kInternal, ""), 0, {}};
  request.path = "/b/x/y/z//w";
  ASSERT_TRUE(find_route(routes, request, failure));
  EXPECT_EQ(request.path_parts.at("bucket"), "x");
  EXPECT_EQ(request.path_parts.at("key"), "y/z//w");
  for (const auto* path : {"/b/x", "/b/x/", "/b//y"}) {
    request.path = path;
    EXPECT_FALSE(find_route(routes, request, failure)) << path;
  }
}

TEST(Routes, WrongMethodNamesTheRightOnes) {
  Request request;
  Failure failure{Error(ErrorCode::kInternal, ""), 0, {}};
  EXPECT_EQ(status_for("GET", "/api/v1/query", request, failure), 405U);
  EXPECT_EQ(failure.headers.at(0), (std::pair<std::string, std::string>("Allow", "POST")));
}

TEST(Routes, UnknownPathsAreNotFound) {
  Request request;
  Failure failure{Error(ErrorCode::kInternal, ""), 0, {}};
  for (const auto* path : {"/nope", "/api/v1/query/", "/api/v1/query/a/b", "/api", "//", "/livez/"}) {
    EXPECT_EQ(status_for("GET", path, request, failure), 404U) << path;
  }
}

}  // namespace
}  // namespace lake::http

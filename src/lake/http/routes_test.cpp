#include "lake/http/routes.hpp"

#include <gtest/gtest.h>

namespace lake::http {
namespace {

unsigned status_for(const std::string& method, const std::string& path, Request& request, Failure& failure) {
  request.method = method;
  request.path = path;
  return find_route(request, failure) ? 200 : failure.status;
}

TEST(Routes, EachRowHasExactlyOneWayToAnswer) {
  for (const auto& route : all_routes()) {
    EXPECT_NE(route.quick == nullptr, route.working == nullptr) << route.pattern;
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

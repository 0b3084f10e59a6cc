#include "lake/http/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace lake::http {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header_of(const Answer& answer, const std::string& wanted) {
  for (const auto& [name, value] : answer.headers) {
    if (name == wanted) return value;
  }
  return "";
}

const PageFile& file_named(std::string_view name) {
  for (const auto& file : page_files()) {
    if (file.name == name) return file;
  }
  ADD_FAILURE() << "the page has no file " << name;
  return page_files().front();
}

Answer ask(const std::string& name, const std::string& known_tag = "") {
  Request request;
  if (!known_tag.empty()) request.headers["if-none-match"] = known_tag;
  return page_answer(name, request);
}

TEST(Page, AllOfItIsSmall) {
  std::size_t bytes = 0;
  for (const auto& file : page_files()) {
    EXPECT_FALSE(file.content.empty()) << file.name;
    bytes += file.content.size();
  }
  EXPECT_LT(bytes, kPageBytesMax);
}

TEST(Page, ItLoadsOnlyWhatIsInTheProgram) {
  std::set<std::string> names;
  for (const auto& file : page_files()) names.insert(std::string(file.name));
  const std::regex loads("(?:/page/|from ?['\"]\\./)([\\w.]+)");
  for (const auto& file : page_files()) {
    const std::string content(file.content);
    EXPECT_FALSE(std::regex_search(content, std::regex("(src|href|url)\\s*[=(]\\s*[\"']?(https?:)?//")))
        << file.name;
    for (std::sregex_iterator found(content.begin(), content.end(), loads), end; found != end; ++found) {
      EXPECT_TRUE(names.contains((*found)[1])) << file.name << " loads " << (*found)[1];
    }
  }
}

TEST(Page, NothingOfItNeedsALaxPolicy) {
  const std::string page(file_named("index.html").content);
  EXPECT_FALSE(std::regex_search(page, std::regex("<style|<script(?![^>]* src=)|\\son\\w+=|\\sstyle=")));
  for (const auto& file : page_files()) {
    const std::string content(file.content);
    EXPECT_FALSE(std::regex_search(
        content, std::regex("innerHTML|outerHTML|insertAdjacent|document\\.write|\\beval\\b|new Function")))
        << file.name;
  }
}

TEST(Page, FilesHaveATypeAPolicyAndATag) {
  for (const auto& file : page_files()) {
    const auto answer = ask(std::string(file.name));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, file.content);
    EXPECT_EQ(answer.content_type, file.content_type);
    EXPECT_EQ(header_of(answer, "ETag"), file.tag);
    EXPECT_EQ(header_of(answer, "Cache-Control"), "private, no-cache");
    const auto policy = header_of(answer, "Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  }
}

TEST(Page, AKnownCopyIsNotSentAgain) {
  const auto& file = file_named("main.js");
  const auto same = ask("main.js", "\"older\", " + std::string(file.tag));
  EXPECT_EQ(same.status, 304U);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(header_of(same, "ETag"), file.tag);
  EXPECT_EQ(ask("main.js", "\"older\"").status, 200U);
}

TEST(Page, AFileThatIsNoneIsNotFound) {
  for (const auto* name : {"nothing.js", "..", "embed.py"}) EXPECT_EQ(ask(name).status, 404U) << name;
}

TEST(Page, ABrowserThatIsNotLetInIsToldWhatToDo) {
  Request request;
  request.path = "/";
  request.headers["accept"] = "text/html,application/xhtml+xml,*/*;q=0.8";
  const Failure stranger{Error(ErrorCode::kPermissionDenied, "no"), 401, {{"WWW-Authenticate", "Bearer"}}};
  const auto answer = locked_page(request, stranger);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401U);
  EXPECT_EQ(header_of(*answer, "WWW-Authenticate"), "Bearer");
  EXPECT_THAT(answer->body, HasSubstr("dplake serve"));
  EXPECT_FALSE(locked_page(request, {Error(ErrorCode::kPermissionDenied, "no"), 403, {}}));
  request.path = "/api/v1/version";
  EXPECT_FALSE(locked_page(request, stranger));
  request.path = "/";
  request.headers["accept"] = "*/*";
  EXPECT_FALSE(locked_page(request, stranger));
}

}  // namespace
}  // namespace lake::http

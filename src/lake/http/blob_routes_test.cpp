#include "lake/http/blob_routes.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "lake/blobs/blobs.hpp"
#include "lake/http/incoming_body.hpp"
#include "lake/query/plain_engine.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::http {
namespace {

using nlohmann::json;

/// What a client would have seen.
struct Seen {
  unsigned status = 0;
  std::string body;
  std::map<std::string, std::string> headers;
  std::optional<std::uint64_t> length;
  bool cut = false;
};

class BlobRoutesTest : public ::testing::Test {
 protected:
  BlobRoutesTest() : BlobRoutesTest(query::SessionOptions{}) {}
  explicit BlobRoutesTest(query::SessionOptions options) : engine_(std::move(options)) {
    const auto directory = ::testing::TempDir() + "blob_routes_test_" + std::to_string(::getpid());
    os::PosixFileSystem real;
    EXPECT_TRUE(real.create_directories(directory));
    token_.emplace(*access::AdminToken::load_or_make(real, random_, directory));
    EXPECT_TRUE(real.remove_tree(directory));
    blobs_ = *blobs::Blobs::open({engine_.sessions(), jobs_, files_, clock_, random_, engine_.metrics()}, "/",
                                 {.stored_bytes_max = 20'000'000}, {.runs_by_itself = false});
    door_.reset(new Door{.services = {engine_.sessions(),
                                      jobs_,
                                      engine_.metrics(),
                                      log_,
                                      clock_,
                                      random_,
                                      *token_,
                                      {"1", "2"},
                                      blobs_.get()},
                         .gatekeeper = {*token_, clock_, random_, "127.0.0.1", 1},
                         .queries = {},
                         .sessions = {engine_.sessions(), clock_, random_, engine_.metrics()}});
    blobs_->keeper().start();
  }
  ~BlobRoutesTest() override { blobs_->close(); }

  Seen ask(const std::string& method, const std::string& target, const std::string& body = "",
           const std::map<std::string, std::string>& headers = {}) {
    Request request;
    request.method = method;
    request.headers = headers;
    request.id = "r";
    EXPECT_TRUE(parse_target(target, request));
    Failure failure{Error(ErrorCode::kInternal, ""), 0, {}};
    const auto route = find_route(blob_routes(), request, failure);
    if (!route) return {.status = failure.status, .body = {}, .headers = {}, .length = {}};
    request.incoming = std::make_shared<IncomingBody>(body.size(), [] {});
    request.incoming->put(body);
    request.incoming->finish();
    RunningQuery query;
    Seen seen;
    BodyPipe* taken_from = nullptr;
    BodyPipe pipe([&] { take(*taken_from, seen); });
    taken_from = &pipe;
    (*route)->working(*door_, request, query, pipe);
    return seen;
  }
  static void take(BodyPipe& pipe, Seen& seen) {
    auto taken = pipe.take();
    for (auto* answer : {&taken.whole, &taken.head}) {
      if (!*answer) continue;
      seen.status = (*answer)->status;
      seen.body += (*answer)->body;
      seen.length = (*answer)->length;
      for (const auto& [name, value] : (*answer)->headers) seen.headers[name] = value;
      seen.headers["Content-Type"] = (*answer)->content_type;
    }
    seen.body += taken.bytes;
    seen.cut = seen.cut || taken.aborted;
  }
  void flip(const std::string& content, std::uint64_t offset) {
    const auto path = "/blobs/" + object::object_name_of(codec::hex_of(codec::sha256(content)));
    const auto file = files_.open(path, os::OpenMode::kReadWrite);
    ASSERT_TRUE(file);
    std::array<std::byte, 1> byte{};
    ASSERT_TRUE((*file)->read_at(offset, byte));
    byte[0] ^= std::byte{8};
    ASSERT_TRUE((*file)->write_at(offset, byte));
    ASSERT_TRUE((*file)->close());
  }

  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SystemRandom random_;
  query::PlainEngine engine_;
  jobs::Jobs jobs_{clock_, engine_.metrics()};
  telemetry::Log log_ = telemetry::Log::to_nowhere(clock_);
  std::optional<access::AdminToken> token_;
  std::unique_ptr<blobs::Blobs> blobs_;
  std::unique_ptr<Door> door_;
};

constexpr const char* kAt = "/api/v1/blobs/photos/2024/a%20b.jpg";
const std::string kAbcTag = "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"";

TEST_F(BlobRoutesTest, WhatIsPutComesBack) {
  const auto put =
      ask("PUT", kAt, "abc", {{"content-type", "image/jpeg"}, {"x-dplake-meta-camera", "Nikon"}});
  EXPECT_EQ(put.status, 201U) << put.body;
  EXPECT_EQ(put.headers.at("ETag"), kAbcTag);
  EXPECT_EQ(json::parse(put.body)["key"], "2024/a b.jpg");
  const auto got = ask("GET", kAt);
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(got.body, "abc");
  EXPECT_EQ(got.length, 3U);
  EXPECT_EQ(got.headers.at("Content-Type"), "image/jpeg");
  EXPECT_EQ(got.headers.at("ETag"), kAbcTag);
  EXPECT_EQ(got.headers.at("x-dplake-meta-camera"), "Nikon");
  EXPECT_NE(got.headers.at("Content-Security-Policy").find("sandbox"), std::string::npos);
  EXPECT_FALSE(got.headers.contains("Content-Disposition"));
  const auto head = ask("HEAD", kAt);
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.length, 3U);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(ask("PUT", kAt, "other").status, 200U);
  EXPECT_EQ(ask("GET", kAt).body, "other");
  EXPECT_EQ(ask("DELETE", kAt).status, 204U);
  EXPECT_EQ(ask("DELETE", kAt).status, 404U);
  EXPECT_EQ(ask("GET", kAt).status, 404U);
  EXPECT_EQ(ask("HEAD", kAt).status, 404U);
}

TEST_F(BlobRoutesTest, PagesOfStrangersCannotAct) {
  for (const auto* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"}) {
    ASSERT_LT(ask("PUT", kAt, "x", {{"content-type", type}}).status, 202U);
    const auto got = ask("GET", kAt);
    EXPECT_EQ(got.headers.at("Content-Disposition"), "attachment") << type;
    EXPECT_NE(got.headers.at("Content-Security-Policy").find("sandbox"), std::string::npos);
  }
}

TEST_F(BlobRoutesTest, RangesOfABlob) {
  std::string text;
  for (int i = 0; i < 900'000; ++i)
    text += std::to_string(i);  // more than is compared before an answer begins
  ASSERT_EQ(ask("PUT", kAt, text).status, 201U);
  const auto range = [&](const std::string& header, const std::string& if_range = "") {
    std::map<std::string, std::string> headers = {{"range", header}};
    if (!if_range.empty()) headers["if-range"] = if_range;
    return ask("GET", kAt, "", headers);
  };
  const auto size = std::to_string(text.size());
  const auto part = range("bytes=1048570-1048585");
  EXPECT_EQ(part.status, 206U);
  EXPECT_EQ(part.body, text.substr(1'048'570, 16));
  EXPECT_EQ(part.length, 16U);
  EXPECT_EQ(part.headers.at("Content-Range"), "bytes 1048570-1048585/" + size);
  EXPECT_TRUE(range("bytes=-100000").body == text.substr(text.size() - 100'000));
  EXPECT_TRUE(range("bytes=100-").body == text.substr(100));
  EXPECT_EQ(range("bytes=1-2,5-6").status, 200U);
  EXPECT_EQ(range("bytes=0-1", kAbcTag).status, 200U);
  EXPECT_EQ(range("bytes=0-1", ask("HEAD", kAt).headers.at("ETag")).status, 206U);
  const auto beyond = range("bytes=" + size + "-");
  EXPECT_EQ(beyond.status, 416U);
  EXPECT_EQ(beyond.headers.at("Content-Range"), "bytes */" + size);
  EXPECT_TRUE(ask("GET", kAt).body == text);
}

TEST_F(BlobRoutesTest, ConditionsAndHashes) {
  EXPECT_EQ(ask("PUT", kAt, "abc", {{"if-match", "*"}}).status, 412U);
  EXPECT_EQ(ask("PUT", kAt, "abc", {{"if-none-match", "*"}}).status, 201U);
  EXPECT_EQ(ask("PUT", kAt, "new", {{"if-none-match", "*"}}).status, 412U);
  EXPECT_EQ(ask("GET", kAt, "", {{"if-none-match", kAbcTag}}).status, 304U);
  EXPECT_EQ(ask("GET", kAt, "", {{"if-match", "\"x\""}}).status, 412U);
  EXPECT_EQ(ask("DELETE", kAt, "", {{"if-match", "\"x\""}}).status, 412U);
  EXPECT_EQ(ask("PUT", kAt, "abd", {{"x-content-sha256", kAbcTag.substr(1, 64)}}).status, 422U);
  EXPECT_EQ(ask("PUT", kAt, "x", {{"x-content-sha256", "nonsense"}}).status, 400U);
  EXPECT_EQ(ask("GET", kAt).body, "abc");
  EXPECT_EQ(ask("PUT", kAt, "abc", {{"x-content-sha256", kAbcTag.substr(1, 64)}}).status, 200U);
}

TEST_F(BlobRoutesTest, MistakesAreTold) {
  EXPECT_EQ(ask("PUT", "/api/v1/blobs/UPPER/k", "x").status, 400U);
  EXPECT_EQ(ask("PUT", "/api/v1/blobs/takeout/k", "x").status, 403U);
  EXPECT_EQ(ask("PUT", "/api/v1/blobs/b/a%00b", "x").status, 400U);
  EXPECT_EQ(ask("PUT", kAt, "x", {{"content-range", "bytes 0-0/2"}}).status, 400U);
  EXPECT_EQ(ask("PUT", kAt, "x", {{"x-dplake-meta-a", std::string(9000, 'x')}}).status, 400U);
  EXPECT_EQ(ask("PUT", kAt, std::string(20'000'001, 'x')).status, 507U);
  EXPECT_EQ(ask("POST", kAt).status, 400U);
  EXPECT_EQ(ask("GET", "/api/v1/blobs/b?limit=0").status, 400U);
  EXPECT_EQ(ask("PATCH", kAt).status, 405U);
}

/// One statement at a time, and none waits.
class BusyBlobRoutesTest : public BlobRoutesTest {
 protected:
  BusyBlobRoutesTest() : BlobRoutesTest({.statements_max = 1, .statements_queued_max = 0}) {}
};

TEST_F(BusyBlobRoutesTest, StatementsThatFindNoPlaceAreToldFromAFullStore) {
  const auto session = engine_.session();
  const auto hold = [&session] {
    auto stream = session->run("SELECT * FROM range(10000000)", {}, {});
    EXPECT_TRUE(stream);
    return std::move(*stream);
  };
  const auto expect_busy = [](const Seen& seen) {
    EXPECT_EQ(seen.status, 503U) << seen.body;
    EXPECT_EQ(seen.headers.at("Retry-After"), "1");
    EXPECT_EQ(json::parse(seen.body)["error"]["code"], "unavailable");
  };
  {
    const auto busy = hold();  // before the store knows how much it holds
    expect_busy(ask("PUT", kAt, "abc"));
  }
  EXPECT_EQ(ask("PUT", kAt, "abc").status, 201U);
  {
    const auto busy = hold();
    expect_busy(ask("PUT", kAt, "abd"));
    expect_busy(ask("GET", kAt));
    EXPECT_EQ(ask("PUT", kAt, std::string(20'000'001, 'x')).status, 507U);
  }
  EXPECT_EQ(ask("GET", kAt).body, "abc");
  EXPECT_EQ(ask("PUT", kAt, "abd").status, 200U);
}

TEST_F(BusyBlobRoutesTest, AnUploadInPartsThatFindsNoPlaceCanBeCompletedLater) {
  const auto begun = ask("POST", std::string(kAt) + "?uploads");
  ASSERT_EQ(begun.status, 201U) << begun.body;
  const std::string at =
      std::string(kAt) + "?upload_id=" + json::parse(begun.body)["upload_id"].get<std::string>();
  ASSERT_EQ(ask("PUT", at + "&part_number=1", "hello").status, 200U);
  const auto session = engine_.session();
  {
    const auto busy = session->run("SELECT * FROM range(10000000)", {}, {});
    ASSERT_TRUE(busy);
    EXPECT_EQ(ask("POST", at).status, 503U);
  }
  EXPECT_EQ(ask("POST", at).status, 201U);
  EXPECT_EQ(ask("GET", kAt).body, "hello");
}

TEST_F(BlobRoutesTest, MetadataThatIsNoHeaderStaysBehind) {
  ASSERT_EQ(
      ask("PUT", kAt, "abc", {{"x-dplake-meta-camera", "Nikon"}, {"x-dplake-meta-o'neil~1", "kept"}}).status,
      201U);
  const auto with = ask("HEAD", kAt);
  EXPECT_EQ(with.headers.at("x-dplake-meta-camera"), "Nikon");
  EXPECT_EQ(with.headers.at("x-dplake-meta-o'neil~1"), "kept");
  EXPECT_EQ(ask("PUT", kAt, "abc", {{"x-dplake-meta-camera", "a\nb"}}).status, 400U);
  EXPECT_EQ(ask("PUT", kAt, "abc", {{"x-dplake-meta-camera", "\xff"}}).status, 400U);
  // Rows can be written by hand, with names and values that would make headers of their own.
  const json odd = {{"fine", "1"},
                    {"two words", "x"},
                    {"colon:", "x"},
                    {"br\r\nSet-Cookie: a", "x"},
                    {"", "x"},
                    {"ümlaut", "x"},
                    {"value", "a\r\nX-Own: 1"},
                    {"tab\t", "x"},
                    {"comma,", "x"},
                    {"quo\"te", "x"},
                    {"del", "\x7f"}};
  const auto session = engine_.session();
  ASSERT_TRUE(session->run_text("UPDATE blob_store.object SET metadata = $1", {.positional = {odd.dump()}}));
  const auto got = ask("GET", kAt);
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(got.body, "abc");
  std::vector<std::string> names;
  for (const auto& [name, value] : got.headers) {
    if (name.starts_with("x-dplake-meta-")) names.push_back(name + "=" + value);
  }
  EXPECT_EQ(names, std::vector<std::string>{"x-dplake-meta-fine=1"});
}

TEST_F(BlobRoutesTest, DamageIsAnErrorBeforeItIsAnAnswer) {
  const std::string small = "precious";
  ASSERT_EQ(ask("PUT", kAt, small).status, 201U);
  flip(small, 2);
  const auto damaged = ask("GET", kAt);
  EXPECT_EQ(damaged.status, 500U);
  EXPECT_EQ(json::parse(damaged.body)["error"]["code"], "corruption");
  const std::string large(9'000'000, 'l');
  ASSERT_EQ(ask("PUT", "/api/v1/blobs/b/large", large).status, 201U);
  flip(large, 8'500'000);
  const auto cut = ask("GET", "/api/v1/blobs/b/large");
  EXPECT_EQ(cut.status, 200U);
  EXPECT_TRUE(cut.cut);
  EXPECT_LT(cut.body.size(), 8'500'000U);
  EXPECT_EQ(ask("GET", "/api/v1/blobs/b/large", "", {{"range", "bytes=0-9"}}).body, "llllllllll");
  const auto scrub = ask("POST", "/api/v1/blobs/scrub");
  ASSERT_EQ(scrub.status, 202U);
  const jobs::JobId job = json::parse(scrub.body)["job_id"];
  while (!jobs::is_ended(jobs_.find(job)->state)) std::this_thread::yield();
  EXPECT_EQ(jobs_.find(job)->error->code(), ErrorCode::kCorruption);
}

TEST_F(BlobRoutesTest, ListsInPages) {
  EXPECT_EQ(json::parse(ask("GET", "/api/v1/blobs/b").body), json::parse(R"({"blobs": [], "next": null})"));
  for (const auto* key : {"x/1", "x/2", "x/3", "y"})
    ASSERT_EQ(ask("PUT", std::string("/api/v1/blobs/b/") + key, key).status, 201U);
  const auto first = json::parse(ask("GET", "/api/v1/blobs/b?prefix=x/&limit=2").body);
  EXPECT_EQ(first["blobs"].size(), 2U);
  EXPECT_EQ(first["blobs"][0]["bytes"], 3);
  EXPECT_EQ(first["next"], "x/2");
  const auto second = json::parse(ask("GET", "/api/v1/blobs/b?prefix=x/&limit=2&after=x/2").body);
  EXPECT_EQ(second["blobs"].size(), 1U);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(json::parse(ask("GET", "/api/v1/blobs").body)["buckets"][0]["blobs"], 4);
}

TEST_F(BlobRoutesTest, BlobsInParts) {
  const auto begun = ask("POST", std::string(kAt) + "?uploads", "", {{"content-type", "video/mp4"}});
  ASSERT_EQ(begun.status, 201U) << begun.body;
  const std::string at =
      std::string(kAt) + "?upload_id=" + json::parse(begun.body)["upload_id"].get<std::string>();
  const auto second = ask("PUT", at + "&part_number=2", "world");
  ASSERT_EQ(second.status, 200U) << second.body;
  const auto first = ask("PUT", at + "&part_number=1", "hello ");
  EXPECT_EQ(json::parse(ask("GET", at).body)["parts"].size(), 2U);
  EXPECT_EQ(ask("PUT", at + "&part_number=x", "z").status, 400U);
  EXPECT_EQ(ask("PUT", at, "z").status, 400U);
  EXPECT_EQ(ask("POST", at, "{\"parts\": [{\"part_number\": 9, \"etag\": " + kAbcTag + "}]}").status, 400U);
  const json parts = {{"parts",
                       {{{"part_number", 1}, {"etag", first.headers.at("ETag")}},
                        {{"part_number", 2}, {"etag", second.headers.at("ETag")}}}}};
  const auto done = ask("POST", at, parts.dump());
  EXPECT_EQ(done.status, 201U) << done.body;
  const auto got = ask("GET", kAt);
  EXPECT_EQ(got.body, "hello world");
  EXPECT_EQ(got.headers.at("Content-Type"), "video/mp4");
  EXPECT_EQ(ask("POST", at).status, 404U);
  EXPECT_EQ(ask("DELETE", at).status, 404U);
}

}  // namespace
}  // namespace lake::http

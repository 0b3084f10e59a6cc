#include "lake/blobs/blob_store.hpp"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::blobs {
namespace {

constexpr std::chrono::hours kLater{25};
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_F(BlobTest, WhatIsPutIsThere) {
  EXPECT_EQ(get("k").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(blobs_->list("b", "", "", 10)->empty());
  PutRequest request;
  request.name = {"b", "dir/a file.txt"};
  request.labels = {"text/plain", {{"camera", "it's \"this\""}}};
  const auto result = blobs_->put(request, source_of("abc"));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->outcome, Outcome::kCreated);
  EXPECT_EQ(codec::hex_of(result->blob.hash), kAbc);
  const auto head = blobs_->head(request.name);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->bytes, 3U);
  EXPECT_EQ(head->labels.content_type, "text/plain");
  EXPECT_EQ(head->labels.metadata.at("camera"), "it's \"this\"");
  EXPECT_EQ(head->created_us, clock_.wall_micros());
  EXPECT_EQ(get("dir/a file.txt").value(), "abc");
  EXPECT_EQ(put("dir/a file.txt", "").value().outcome, Outcome::kReplaced);
  EXPECT_EQ(get("dir/a file.txt").value(), "");
}

TEST_F(BlobTest, EqualBytesAreStoredOnceAndCounted) {
  ASSERT_TRUE(put("one", "abc"));
  ASSERT_TRUE(put("two", "abc"));
  ASSERT_TRUE(put("three", "other"));
  EXPECT_EQ(ask("SELECT key, bytes, refs FROM blobs ORDER BY key"),
            "key,bytes,refs\none,3,2\nthree,5,1\ntwo,3,2\n");
  EXPECT_EQ(ask("SELECT count(*) AS n FROM blob_store.place"), "n\n2\n");
  EXPECT_EQ(files_.list("/blobs")->size(), 3U);  // two folders, and that of what arrives
}

TEST_F(BlobTest, AUsersOwnTableKeepsItsName) {
  EXPECT_EQ(ask("CREATE TABLE blobs(a INTEGER)").find("error"), std::string::npos);
  ASSERT_TRUE(put("one", "abc"));
  EXPECT_EQ(ask("SELECT key FROM blob_store.blobs"), "key\none\n");
  EXPECT_EQ(ask("SELECT count(*) AS n FROM blobs"), "n\n0\n");
}

TEST_F(BlobTest, NamesAreChecked) {
  for (const auto* bucket : {"", "A", "a/b", "-a", "a b"})
    EXPECT_EQ(check_bucket(bucket).error().code(), ErrorCode::kInvalidArgument) << bucket;
  for (const auto& key : {std::string(), std::string("a\nb"), std::string("\xff"), std::string(1025, 'x')})
    EXPECT_EQ(put(key, "x").error().code(), ErrorCode::kInvalidArgument) << key;
  PutRequest request;
  request.name = {"takeout", "k"};
  EXPECT_EQ(blobs_->put(request, source_of("x")).error().code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(blobs_->remove(request.name, {}).error().code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(put("\xc3\xa4 '; DROP TABLE x; --/../\xe2\x82\xac", "x"));
}

TEST_F(BlobTest, LabelsAreChecked) {
  PutRequest request;
  request.name = {"b", "k"};
  for (const auto& value : {std::string("a\x01"), std::string("\xff"), std::string(9000, 'x')}) {
    request.labels.metadata = {{"a", value}};
    EXPECT_EQ(blobs_->put(request, source_of("x")).error().code(), ErrorCode::kInvalidArgument);
    request.labels.metadata.clear();
    request.labels.content_type = value;
    EXPECT_EQ(blobs_->put(request, source_of("x")).error().code(), ErrorCode::kInvalidArgument);
    request.labels.content_type = "text/plain";
  }
  request.labels.metadata = {{"a", "\xc3\xa4"}};
  EXPECT_TRUE(blobs_->put(request, source_of("x")));
  EXPECT_EQ(blobs_->head(request.name)->labels.metadata.at("a"), "\xc3\xa4");
}

TEST_F(BlobTest, TypesAreChecked) {
  for (const char* good : {"image/png", "application/vnd.ms-excel", "text/x-note", "a/b+c"})
    EXPECT_TRUE(is_media_type(good)) << good;
  for (const char* bad :
       {"", "/", "text", "text/", "/html", "text/html; charset=x", "a/b\r\nc: d", "a/b/c", "\xc3\xa4/b"})
    EXPECT_FALSE(is_media_type(bad)) << bad;
}

TEST_F(BlobTest, ContentOnItsWayCountsAgainstTheBounds) {
  open({.stored_bytes_max = 10});
  const auto write = [](IncomingContent& content, const std::string& text) {
    return content.write(std::as_bytes(std::span(text)));
  };
  const auto one = blobs_->begin_content();
  ASSERT_TRUE(one);
  ASSERT_TRUE(write(**one, "12345678"));
  {
    const auto other = blobs_->begin_content();
    EXPECT_EQ(write(**other, "abc").error().code(), ErrorCode::kResourceExhausted);
  }
  ASSERT_TRUE((*one)->finish());
  const auto more = blobs_->begin_content();
  EXPECT_TRUE(write(**more, "ab"));
  EXPECT_EQ(write(**more, "c").error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(BlobTest, ConditionsAreHeldAgainstWhatIsThere) {
  Conditions absent;
  absent.must_not_exist = true;
  EXPECT_EQ(put("k", "abc", absent).value().outcome, Outcome::kCreated);
  EXPECT_EQ(put("k", "new", absent).value().outcome, Outcome::kConditionFailed);
  Conditions other;
  other.match = {codec::sha256("other")};
  EXPECT_EQ(put("k", "new", other).value().outcome, Outcome::kConditionFailed);
  EXPECT_EQ(blobs_->remove({"b", "k"}, other).value(), Outcome::kConditionFailed);
  EXPECT_EQ(get("k").value(), "abc");
  Conditions same;
  same.match = {codec::sha256("abc")};
  EXPECT_EQ(put("k", "new", same).value().outcome, Outcome::kReplaced);
  EXPECT_EQ(put("nowhere", "new", same).value().outcome, Outcome::kConditionFailed);
  PutRequest request;
  request.name = {"b", "k"};
  request.expected = codec::sha256("not this");
  EXPECT_EQ(blobs_->put(request, source_of("this")).value().outcome, Outcome::kOtherHash);
  EXPECT_EQ(get("k").value(), "new");
}

TEST_F(BlobTest, ABrokenBodyChangesNothing) {
  ASSERT_TRUE(put("k", "old"));
  PutRequest request;
  request.name = {"b", "k"};
  int calls = 0;
  const auto result = blobs_->put(request, [&](std::span<char> into) -> Result<std::size_t> {
    if (++calls > 3) return Error(ErrorCode::kCancelled, "the client has gone");
    std::fill(into.begin(), into.end(), 'x');
    return into.size();
  });
  EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(get("k").value(), "old");
  EXPECT_TRUE(files_.list("/blobs/.partial")->empty());
  files_.faults().add({.operation = sim::Operation::kSync, .path_part = ".partial"});
  EXPECT_EQ(put("k", "new").error().code(), ErrorCode::kIo);
  EXPECT_EQ(get("k").value(), "old");
}

TEST_F(BlobTest, BoundsRefuse) {
  open({.stored_bytes_max = 1000, .blob_bytes_max = 600});
  EXPECT_EQ(put("a", std::string(601, 'a')).error().code(), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(put("a", std::string(600, 'a')));
  EXPECT_EQ(put("b", std::string(401, 'b')).error().code(), ErrorCode::kResourceExhausted);
  PutRequest request;
  request.name = {"b", "c"};
  request.bytes = 401;
  EXPECT_EQ(blobs_
                ->put(request,
                      [](std::span<char>) -> Result<std::size_t> {
                        ADD_FAILURE() << "the body was read";
                        return std::size_t{0};
                      })
                .error()
                .code(),
            ErrorCode::kResourceExhausted);
  ASSERT_TRUE(put("b", std::string(400, 'b')));
  ASSERT_TRUE(blobs_->remove({"b", "a"}, {}));
  ASSERT_TRUE(blobs_->sweep());
  clock_.advance(kLater);
  EXPECT_EQ(blobs_->sweep()->bytes, 600U);
  EXPECT_TRUE(put("c", std::string(600, 'c')));
}

TEST_F(BlobTest, SweepTakesWhatNobodyNeededForTheGrace) {
  ASSERT_TRUE(put("one", "abc"));
  ASSERT_TRUE(put("two", "abc"));
  ASSERT_TRUE(put("three", "gone"));
  ASSERT_TRUE(blobs_->remove({"b", "one"}, {}));
  ASSERT_TRUE(blobs_->remove({"b", "three"}, {}));
  EXPECT_EQ(blobs_->remove({"b", "three"}, {}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(blobs_->sweep()->objects, 0U);
  clock_.advance(kLater);
  const auto swept = blobs_->sweep();
  ASSERT_TRUE(swept) << swept.error().message();
  EXPECT_EQ(swept->contents, 1U);
  EXPECT_EQ(swept->objects, 1U);
  EXPECT_EQ(swept->bytes, 4U);
  EXPECT_FALSE(files_.stat(path_of("gone")));
  EXPECT_EQ(get("two").value(), "abc");
  EXPECT_EQ(ask("SELECT count(*) AS n FROM blob_store.place"), "n\n1\n");
}

TEST_F(BlobTest, SweepTakesBytesWhosePutDidNotEnd) {
  EXPECT_TRUE(blobs_->sweep());
  const auto writer = content_.create();
  ASSERT_TRUE((*writer)->write(std::as_bytes(std::span("orphan", 6))));
  auto stored = (*writer)->finish();
  clock_.advance(kLater);
  EXPECT_EQ(blobs_->sweep()->objects, 0U) << "it is held";
  stored->lease.reset();
  EXPECT_EQ(blobs_->sweep()->objects, 1U);
  EXPECT_FALSE(files_.stat(path_of("orphan")));
}

TEST_F(BlobTest, ContentThatComesBackStays) {
  ASSERT_TRUE(put("one", "abc"));
  ASSERT_TRUE(blobs_->remove({"b", "one"}, {}));
  ASSERT_TRUE(blobs_->sweep());
  clock_.advance(kLater);
  ASSERT_TRUE(put("two", "abc"));
  ASSERT_TRUE(blobs_->sweep());
  ASSERT_TRUE(blobs_->sweep());
  EXPECT_EQ(get("two").value(), "abc");
}

TEST_F(BlobTest, DamageIsToldNotedAndHealedByTheSameBytes) {
  ASSERT_TRUE(put("k", "precious"));
  ASSERT_TRUE(put("other", "fine"));
  ASSERT_TRUE(put("k", "precious"));  // there already: whether anything is damaged was asked, and nothing was
  flip(path_of("precious"), 3);
  EXPECT_EQ(get("k").error().code(), ErrorCode::kCorruption);
  const auto go_on = [](std::uint64_t) { return ok(); };
  const auto found = blobs_->scrub(go_on);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->contents, 2U);
  EXPECT_EQ(found->damaged_count, 1U);
  EXPECT_EQ(ask("SELECT key FROM blobs WHERE damage IS NOT NULL"), "key\nk\n");
  EXPECT_NE(metrics_.exposition().find("dplake_blobs_damaged 1"), std::string::npos);
  EXPECT_EQ(get("other").value(), "fine");
  ASSERT_TRUE(put("again", "precious"));
  EXPECT_EQ(get("k").value(), "precious");
  EXPECT_EQ(blobs_->scrub(go_on)->damaged_count, 0U);
  EXPECT_EQ(ask("SELECT key FROM blobs WHERE damage IS NOT NULL"), "key\n");
  ASSERT_TRUE(files_.remove_file(path_of("fine")));
  EXPECT_EQ(get("other").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(blobs_->scrub(go_on)->damaged_count, 1U);
  EXPECT_EQ(blobs_->scrub([](std::uint64_t) { return Error(ErrorCode::kCancelled, "stop"); }).error().code(),
            ErrorCode::kCancelled);
}

TEST_F(BlobTest, ListsInPages) {
  for (const auto* key : {"b/2", "a", "b/1", "c", "b/3"}) ASSERT_TRUE(put(key, key));
  std::vector<std::string> keys;
  std::string after;
  while (true) {
    const auto page = blobs_->list("b", "b/", after, 2);
    ASSERT_TRUE(page);
    if (page->empty()) break;
    for (const auto& blob : *page) keys.push_back(blob.name.key);
    after = keys.back();
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"b/1", "b/2", "b/3"}));
  EXPECT_EQ(blobs_->list("b", "", "", 100)->size(), 5U);
  EXPECT_EQ(blobs_->buckets()->at(0).blobs, 5U);
}

/// Any order of changes and sweeps gives what a map gives.
TEST_F(BlobTest, BehavesLikeAMap) {
  open({.grace = std::chrono::milliseconds(0)});
  std::map<std::string, std::string> expected;
  os::SeededRandom dice(3);
  for (int step = 0; step < 300; ++step) {
    const auto key = "k" + std::to_string(dice.next() % 6);
    const auto text = "content " + std::to_string(dice.next() % 5);
    clock_.advance(std::chrono::seconds(1));
    switch (dice.next() % 5) {
      case 0:
      case 1:
        EXPECT_EQ(put(key, text).value().outcome == Outcome::kCreated, !expected.contains(key));
        expected[key] = text;
        break;
      case 2:
        EXPECT_EQ(blobs_->remove({"b", key}, {}).has_value(), expected.erase(key) == 1);
        break;
      case 3:
        ASSERT_TRUE(blobs_->sweep());
        break;
      default: {
        const auto found = get(key);
        ASSERT_EQ(found.has_value(), expected.contains(key)) << step;
        if (found) {
          EXPECT_EQ(*found, expected.at(key));
        }
      }
    }
  }
  std::set<std::string> contents;
  for (const auto& [key, text] : expected) contents.insert(text);
  ASSERT_TRUE(blobs_->sweep());
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(blobs_->sweep());
  std::size_t objects = 0;
  ASSERT_TRUE(content_.list([&](const std::string&, const object::ObjectInfo&) {
    ++objects;
    return ok();
  }));
  EXPECT_EQ(objects, contents.size());
}

TEST_F(BlobTest, ConcurrentChangesLoseNothing) {
  open({.grace = std::chrono::milliseconds(0)});
  ASSERT_TRUE(put("warm", "tables are there"));
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::thread sweeper([&] {
    while (!stop) {
      clock_.advance(std::chrono::milliseconds(1));
      if (const auto swept = blobs_->sweep(); !swept && swept.error().code() != ErrorCode::kConflict)
        ++failures;
    }
  });
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      const auto mine = "own" + std::to_string(writer);
      for (int i = 0; i < 40; ++i) {
        // The same bytes come and go under several keys while the sweeper runs.
        const auto text = "text " + std::to_string(i % 3);
        if (!put(mine, text) || !put("shared", text)) ++failures;
        if (const auto found = get(mine); !found || *found != text) ++failures;
        if (i % 4 == 0 && !blobs_->remove({"b", mine}, {})) ++failures;
      }
      if (!put(mine, "last")) ++failures;
    });
  }
  for (auto& thread : writers) thread.join();
  stop = true;
  sweeper.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(ask("SELECT count(*) AS n, count(DISTINCT key) AS keys FROM blob_store.object"), "n,keys\n5,5\n");
  for (const auto* key : {"own0", "own1", "own2"}) EXPECT_EQ(get(key).value(), "last");
  EXPECT_TRUE(get("shared").value().starts_with("text "));
}

TEST_F(BlobTest, TooLittleMemoryIsNoFullQueueOfStatements) {
  ASSERT_EQ(ask("SET GLOBAL memory_limit = '1KB'").find("Failed"), std::string::npos);
  const auto done = put("k", "abc");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kResourceExhausted) << done.error().message();
}

}  // namespace
}  // namespace lake::blobs

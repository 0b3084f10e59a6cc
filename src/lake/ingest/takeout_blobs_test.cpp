#include "lake/ingest/takeout_blobs.hpp"

#include <gtest/gtest.h>

#include <future>

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::ingest {
namespace {

TEST(TakeoutBlobs, KeysCanBeAskedFor) {
  EXPECT_EQ(blob_key_of(7, "Takeout/Fotos/a b.jpg"), "7/Takeout/Fotos/a b.jpg");
  EXPECT_EQ(blob_key_of(7, "../a\nb\x7f"), "7/../a_b_");
  std::string name;
  for (int i = 0; i < 1000; ++i) name += "\xe2\x82\xac";
  const auto key = blob_key_of(123, name);
  EXPECT_LE(key.size(), 900U);
  EXPECT_EQ((key.size() - 4) % 3, 0U) << "cut within a character";
}

TEST(TakeoutBlobs, TypesComeFromEndings) {
  EXPECT_EQ(content_type_of("a/b.JPG"), "image/jpeg");
  EXPECT_EQ(content_type_of("a.b/c"), "application/octet-stream");
  EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

TEST(TakeoutBlobs, ContentIsSummedWhereItLies) {
  const std::string text = "abc";
  const object::ArchiveRange range{"/archive.zip", 10, 3, false};
  BlobTaking in_place(nullptr, range);
  for (const char& c : text) in_place.take(std::as_bytes(std::span(&c, 1)));
  const auto referred = in_place.finish();
  ASSERT_TRUE(referred);
  EXPECT_EQ(referred->place, range);
  EXPECT_EQ(referred->sums.hash, codec::sha256(text));
  EXPECT_EQ(referred->sums.bytes, 3U);
}

class BlobTakingTest : public blobs::BlobTest {
 protected:
  /// In the transaction of `session`.
  static void refer(query::Session& session, const std::string& key, const TakenBlob& taken) {
    blobs::ImportedBlob blob;
    blob.name = {std::string(kTakeoutBucket), key};
    blob.sums = taken.sums;
    blob.place = taken.place;
    ASSERT_TRUE(blobs::BlobTables(session).insert_imported(std::span(&blob, 1), 1));
  }
  Result<TakenBlob> take(const std::string& text) {
    BlobTaking taking(nullptr, object::ArchiveRange{"/archive.zip", 10, text.size(), false});
    taking.take(std::as_bytes(std::span(text)));
    return taking.finish(&content_.leases());
  }
};

// A place that nobody referred to any more, and that an import meets again while a sweep runs.
TEST_F(BlobTakingTest, APlaceInAnArchiveIsNotForgottenWhileAnImportIsAboutToReferToIt) {
  const auto session = engine_.session();
  ASSERT_TRUE(blobs::BlobTables(*session).ensure());
  refer(*session, "1/a.jpg", *take("abc"));
  ASSERT_TRUE(session->run_text("DELETE FROM blob_store.object"));
  ASSERT_TRUE(blobs_->sweep());
  clock_.advance(std::chrono::hours(25));
  auto taken = take("abc");
  ASSERT_TRUE(taken);
  ASSERT_TRUE(session->run_text("BEGIN"));
  refer(*session, "2/a.jpg", *taken);
  ASSERT_TRUE(blobs_->sweep());
  ASSERT_TRUE(session->run_text("COMMIT"));
  taken->lease.reset();
  EXPECT_TRUE(blobs_->lost().value().empty());
  ASSERT_TRUE(blobs_->sweep());
  EXPECT_EQ(ask("SELECT archive, unreferenced_us FROM blob_store.place"),
            "archive,unreferenced_us\n/archive.zip,\n");
}

class AttachmentTakingTest : public blobs::BlobTest {
 protected:
  void take(AttachmentTaking& taking, const std::string& key, const std::string& text) {
    taking.begin();
    taking.take(text.substr(0, 1));
    taking.take(text.substr(1));
    taking.keep(taking.end(), key, "text/x-patch");
  }
};

TEST_F(AttachmentTakingTest, SmallAttachmentsAreStoredTogetherOnce) {
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "mail/1/2", "abc");
  take(taking, "mail/2/2", "abc");
  take(taking, "mail/2/3", "de");
  EXPECT_EQ(taking.failure(), std::nullopt);
  taking.forget();
  EXPECT_EQ(taking.waiting_bytes(), 8U + 3 * AttachmentTaking::kFileBytes) << "many small ones are much";
  ASSERT_TRUE(taking.settle());
  EXPECT_EQ(taking.waiting_bytes(), 0U);
  const auto kept = taking.kept();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].name, (blobs::BlobName{"takeout", "mail/1/2"}));
  EXPECT_EQ(kept[0].content_type, "text/x-patch");
  EXPECT_EQ(kept[1].sums.hash, kept[0].sums.hash);
  EXPECT_EQ(kept[1].place, kept[0].place);
  ASSERT_TRUE(kept[2].place);
  EXPECT_EQ(kept[2].place->offset, 3U);
  EXPECT_EQ(files_.read_file("/" + kept[0].place->path).value(), "abcde");
  EXPECT_TRUE(taking.kept().empty());
}

TEST_F(AttachmentTakingTest, LargeAttachmentsAndManyOfOneElementDoNotWait) {
  AttachmentTaking taking(*blobs_, clock_);
  const std::string large(object::kPackedBytesMax + 1, 'l');
  take(taking, "mail/1/2", large);
  EXPECT_EQ(files_.read_file(path_of(large)).value(), large);
  std::vector<std::size_t> ended;
  for (char c = 'a'; c < 'h'; ++c) {
    taking.begin();
    taking.take(std::string(object::kPackedBytesMax, c));
    ended.push_back(taking.end());
  }
  EXPECT_EQ(taking.failure(), std::nullopt);
  EXPECT_TRUE(files_.stat(path_of(std::string(object::kPackedBytesMax, 'g'))));
  EXPECT_FALSE(files_.stat(path_of(std::string(object::kPackedBytesMax, 'a'))));
  for (const auto each : ended) taking.keep(each, "mail/2/" + std::to_string(each), "text/plain");
  taking.forget();
  EXPECT_EQ(taking.waiting_bytes(), 4 * object::kPackedBytesMax + 8 * AttachmentTaking::kFileBytes);
  ASSERT_TRUE(taking.settle());
  EXPECT_EQ(taking.kept().size(), 8U);
}

TEST_F(AttachmentTakingTest, TypesOfStrangersAreNotTold) {
  AttachmentTaking taking(*blobs_, clock_);
  for (const char* type : {"text/html; charset=x", "image/\rSet-Cookie: a", "", "/", "nonsense"}) {
    taking.begin();
    taking.keep(taking.end(), "k", type);
  }
  ASSERT_TRUE(taking.settle());
  const auto kept = taking.kept();
  EXPECT_EQ(kept.size(), 5U);
  for (const auto& blob : kept) EXPECT_EQ(blob.content_type, "application/octet-stream");
}

TEST_F(AttachmentTakingTest, AFailureOfTheStoreIsTold) {
  AttachmentTaking taking(*blobs_, clock_);
  files_.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  taking.begin();
  taking.take(std::string(object::kPackedBytesMax + 1, 'l'));
  taking.end();
  ASSERT_TRUE(taking.failure());
  EXPECT_EQ(taking.failure()->code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(taking.failure()->message().starts_with(kNotKept));
  taking.forget();
  EXPECT_EQ(taking.failure(), std::nullopt);
  EXPECT_EQ(taking.lost(), std::nullopt);
}

TEST_F(AttachmentTakingTest, FilesThatWereKeptAndLostAreTold) {
  AttachmentTaking taking(*blobs_, clock_);
  files_.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  take(taking, "mail/1/2", "abc");
  taking.forget();
  EXPECT_FALSE(taking.settle());
  ASSERT_TRUE(taking.lost());
  EXPECT_EQ(taking.lost()->code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(taking.lost()->message().starts_with(kNotKept));
  EXPECT_FALSE(taking.settle()) << "it does not come back";
}

TEST_F(AttachmentTakingTest, OthersAreTakenWhileSomeAreStored) {
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "a", "abc");
  taking.forget();
  std::promise<void> goes_on;
  std::vector<blobs::ImportedBlob> told;
  taking.settle_beside([&](std::vector<blobs::ImportedBlob> kept) -> Status {
    goes_on.get_future().wait();
    told = std::move(kept);
    return ok();
  });
  EXPECT_EQ(taking.waiting_bytes(), 0U);
  take(taking, "b", "de");
  taking.forget();
  EXPECT_EQ(taking.waiting_bytes(), 2U + AttachmentTaking::kFileBytes);
  goes_on.set_value();
  ASSERT_TRUE(taking.settled());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].sums.hash, codec::sha256("abc"));
  ASSERT_TRUE(taking.settle());
  const auto kept = taking.kept();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].name.key, "b");
  EXPECT_EQ(files_.read_file("/" + kept[0].place->path).value(), "de");
}

TEST_F(AttachmentTakingTest, FilesThatAreLostBesideAreTold) {
  AttachmentTaking taking(*blobs_, clock_);
  files_.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  take(taking, "a", "abc");
  taking.forget();
  bool was_told = false;
  taking.settle_beside([&](const std::vector<blobs::ImportedBlob>&) -> Status {
    was_told = true;
    return ok();
  });
  EXPECT_FALSE(taking.settled());
  EXPECT_FALSE(was_told);
  ASSERT_TRUE(taking.lost());
  EXPECT_TRUE(taking.lost()->message().starts_with(kNotKept));
  EXPECT_FALSE(taking.settle()) << "it does not come back";
}

TEST_F(AttachmentTakingTest, WhoIsToldMayEndIt) {
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "a", "abc");
  taking.forget();
  taking.settle_beside([](const std::vector<blobs::ImportedBlob>&) -> Status {
    return Error(ErrorCode::kCancelled, "the import ends");
  });
  const auto settled = taking.settled();
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(taking.lost(), std::nullopt);
}

TEST_F(AttachmentTakingTest, TheBoundsOfTheStoreHold) {
  open({.stored_bytes_max = 5});
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "a", "abcd");
  taking.forget();
  take(taking, "b", "abcd");  // the same content takes no room
  EXPECT_EQ(taking.failure(), std::nullopt);
  taking.forget();
  taking.begin();
  taking.take("efgh");
  taking.end();
  ASSERT_TRUE(taking.failure());
  EXPECT_EQ(taking.failure()->code(), ErrorCode::kResourceExhausted);
  taking.forget();
  EXPECT_TRUE(taking.settle());
}

}  // namespace
}  // namespace lake::ingest

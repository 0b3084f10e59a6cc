#include "lake/blobs/multipart.hpp"

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::blobs {
namespace {

const BlobName kName{"b", "big"};

class MultipartTest : public BlobTest {
 protected:
  MultipartUploads uploads_{*blobs_, clock_, random_};
  std::string begin() {
    BlobLabels labels;
    labels.content_type = "video/mp4";
    return uploads_.begin(kName, labels).value();
  }
  Result<std::optional<Part>> put_part(const std::string& id, std::uint32_t number, const std::string& text) {
    return uploads_.put(kName, id, number, std::nullopt, source_of(text));
  }
};

TEST_F(MultipartTest, PartsInAnyOrderBecomeOneBlob) {
  const auto id = begin();
  const std::string large(700'000, 'l');
  ASSERT_TRUE(put_part(id, 3, "end"));
  ASSERT_TRUE(put_part(id, 1, "wrong"));
  ASSERT_TRUE(put_part(id, 1, "begin"));
  ASSERT_TRUE(put_part(id, 2, large));
  EXPECT_EQ(uploads_.parts(kName, id)->size(), 3U);
  EXPECT_FALSE(blobs_->head(kName));
  const auto done = uploads_.complete(kName, id, std::nullopt, {});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(get("big").value(), "begin" + large + "end");
  EXPECT_EQ(blobs_->head(kName)->labels.content_type, "video/mp4");
  EXPECT_EQ(uploads_.parts(kName, id).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(put_part(id, 4, "late").error().code(), ErrorCode::kNotFound);
}

TEST_F(MultipartTest, OnlyTheNamedPartsAreTaken) {
  const auto id = begin();
  const auto first = put_part(id, 1, "one")->value();
  ASSERT_TRUE(put_part(id, 2, "two"));
  const auto third = put_part(id, 3, "three")->value();
  EXPECT_EQ(uploads_.complete(kName, id, std::vector<Part>{third, first}, {}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_.complete(kName, id, std::vector<Part>{{4, {}, 0}}, {}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_.complete(kName, id, std::vector<Part>{}, {}).error().code(),
            ErrorCode::kInvalidArgument);
  ASSERT_TRUE(uploads_.complete(kName, id, std::vector<Part>{first, third}, {}));
  EXPECT_EQ(get("big").value(), "onethree");
}

TEST_F(MultipartTest, MistakesAreTold) {
  const auto id = begin();
  EXPECT_EQ(put_part("0123", 1, "x").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(put_part(std::string(32, 'a'), 1, "x").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(put_part(id, 0, "x").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(put_part(id, 10'001, "x").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_.parts({"b", "other"}, id).error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(uploads_.put(kName, id, 1, codec::sha256("y"), source_of("x")).value());
  EXPECT_TRUE(uploads_.parts(kName, id)->empty());
  EXPECT_EQ(uploads_.begin({"takeout", "x"}, {}).error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(MultipartTest, ADamagedPartIsNotPutTogether) {
  const auto id = begin();
  ASSERT_TRUE(put_part(id, 1, "precious"));
  const auto object = files_.list("/blobs/parts/" + id).value();
  for (const auto& entry : object) {
    if (entry.name != "upload.json") flip("/blobs/parts/" + id + "/" + entry.name, 2);
  }
  EXPECT_EQ(uploads_.complete(kName, id, std::nullopt, {}).error().code(), ErrorCode::kCorruption);
  EXPECT_FALSE(blobs_->head(kName));
}

TEST_F(MultipartTest, AbandonedUploadsAreSwept) {
  const auto old = begin();
  ASSERT_TRUE(put_part(old, 1, "x"));
  clock_.advance(std::chrono::hours(23));
  const auto fresh = begin();
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(uploads_.sweep().value(), 1U);
  EXPECT_FALSE(uploads_.parts(kName, old));
  EXPECT_TRUE(uploads_.parts(kName, fresh));
  ASSERT_TRUE(uploads_.abort(kName, fresh));
  EXPECT_FALSE(uploads_.parts(kName, fresh));
}

}  // namespace
}  // namespace lake::blobs

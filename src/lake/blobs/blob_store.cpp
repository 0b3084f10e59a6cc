#include "lake/blobs/blob_store.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lake/blobs/pack_sweep.hpp"

namespace lake::blobs {

namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::uint64_t kSweptAtOnce = 1000;
constexpr std::uint64_t kScrubbedAtOnce = 100;

std::string turn_of(const BlobName& name) { return name.bucket + "/" + name.key; }

Error no_blob(const BlobName& name) {
  return {ErrorCode::kNotFound, "there is no blob " + name.bucket + "/" + name.key};
}

bool holds(const std::vector<codec::Sha256>& hashes, const codec::Sha256& hash) {
  return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
}

}  // namespace

bool Conditions::hold_for(const std::optional<BlobInfo>& present) const {
  if (must_exist && !present) return false;
  if (must_not_exist && present) return false;
  if (match && (!present || !holds(*match, present->hash))) return false;
  return !present || !holds(none_match, present->hash);
}

Result<std::unique_ptr<object::ContentReader>> OpenBlob::read(std::uint64_t offset,
                                                              std::uint64_t bytes) const {
  Error first(ErrorCode::kCorruption, "nothing is known of where the bytes of this blob are: " +
                                          info_.name.bucket + "/" + info_.name.key);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto reader = content_.read(places_[i].sums, places_[i].place, offset, bytes);
    if (reader) return reader;
    if (i > 0) continue;
    first = reader.error().code() == ErrorCode::kNotFound
                ? Error(ErrorCode::kCorruption, "the stored bytes are gone: " + places_[i].sums.name())
                : reader.error();
  }
  return first;
}

BlobStore::BlobStore(query::Sessions& sessions, object::ContentStore& content, os::Clock& clock,
                     telemetry::Metrics& metrics, BlobOptions options)
    : sessions_(sessions),
      content_(content),
      clock_(clock),
      options_(options),
      put_bytes_(metrics.counter("dplake_blob_put_bytes_total", "Bytes of blobs that were put")),
      swept_bytes_(
          metrics.counter("dplake_blob_swept_bytes_total", "Bytes of content that nobody needed, removed")),
      damaged_(metrics.gauge("dplake_blobs_damaged",
                             "Contents whose bytes were not as written at the last look")) {}

Status BlobStore::ensure_tables(query::Session& session) {
  if (ensured_) return ok();
  const auto turn = turns_.take("");
  if (ensured_) return ok();
  BlobTables tables(session);
  LAKE_CHECK_OK(tables.in_transaction([&] { return tables.ensure(); }));
  ignore(tables.ensure_view(), "blob_store.blobs is there all the same");
  ensured_ = true;
  return ok();
}

Result<std::uint64_t> BlobStore::stored_bytes() {
  {
    const MutexLock lock(mutex_);
    if (stored_bytes_) return *stored_bytes_;
  }
  LAKE_TRY(const auto session, sessions_.open());
  LAKE_TRY(const auto bytes, BlobTables(*session).stored_bytes());
  const MutexLock lock(mutex_);
  if (!stored_bytes_) stored_bytes_ = bytes;
  return *stored_bytes_;
}

Status BlobStore::check_size(std::uint64_t bytes) const {
  if (bytes <= options_.blob_bytes_max) return ok();
  return Error(
      ErrorCode::kResourceExhausted,
      "a blob has at most " + std::to_string(options_.blob_bytes_max) + " bytes (blobs.blob_bytes_max)");
}

Status BlobStore::check_room(std::uint64_t more) {
  if (options_.stored_bytes_max == 0) return ok();
  LAKE_TRY(const auto stored, stored_bytes());
  const auto taken = stored + arriving_;
  if (more <= options_.stored_bytes_max && taken <= options_.stored_bytes_max - more) return ok();
  return Error(ErrorCode::kResourceExhausted, "all blobs together have at most " +
                                                  std::to_string(options_.stored_bytes_max) +
                                                  " bytes (blobs.stored_bytes_max)");
}

IncomingContent::~IncomingContent() { blobs_.arriving_ -= counted_; }

Status IncomingContent::write(std::span<const std::byte> bytes) {
  blobs_.arriving_ += bytes.size();
  counted_ += bytes.size();
  LAKE_CHECK_OK(blobs_.check_size(writer_->bytes() + bytes.size()));
  LAKE_CHECK_OK(blobs_.check_room(0));
  return writer_->write(bytes);
}

Result<object::StoredContent> IncomingContent::finish() {
  LAKE_TRY(auto stored, writer_->finish(blobs_.is_damaged(writer_->sums().name())));
  const MutexLock lock(blobs_.mutex_);
  // Told apart from what is on its way from here on.
  blobs_.arriving_ -= std::exchange(counted_, 0);
  if (stored.is_new) ++blobs_.store_notes_;
  if (stored.is_new && blobs_.stored_bytes_) *blobs_.stored_bytes_ += stored.sums.bytes;
  return stored;
}

Result<std::unique_ptr<IncomingContent>> BlobStore::begin_content() {
  LAKE_TRY(auto writer, content_.create());
  return std::make_unique<IncomingContent>(*this, std::move(writer));
}

/// What cannot be asked now is taken for whole: a scrub will tell.
bool BlobStore::is_damaged(const std::string& content_name) {
  if (!content_.objects().head(object::object_name_of(content_name))) return false;  // not even there
  std::uint64_t notes = 0;
  {
    const MutexLock lock(mutex_);
    if (none_damaged_) return false;
    notes = damage_notes_;
  }
  const auto session = sessions_.open();
  if (!session) return false;
  BlobTables tables(**session);
  if (const auto count = tables.damaged_count(); count && *count == 0) {
    const MutexLock lock(mutex_);
    none_damaged_ = damage_notes_ == notes;
    return false;
  }
  const auto places = tables.places(content_name);
  return places && std::any_of(places->begin(), places->end(),
                               [](const PlacedContent& each) { return !each.place && !each.damage.empty(); });
}

Result<object::StoredContent> BlobStore::receive(const PutRequest& request, const BodySource& body,
                                                 Outcome& outcome) {
  LAKE_TRY(const auto incoming, begin_content());
  std::vector<char> piece(kPieceBytes);
  while (true) {
    LAKE_TRY(const auto count, body(piece));
    if (count == 0) break;
    LAKE_CHECK_OK(incoming->write(std::as_bytes(std::span(piece).first(count))));
  }
  const auto sums = incoming->sums();
  if (request.expected && *request.expected != sums.hash) {
    outcome = Outcome::kOtherHash;
    return object::StoredContent{sums, {}, false};
  }
  return incoming->finish();
}

Result<PutResult> BlobStore::put(const PutRequest& request, const BodySource& body) {
  LAKE_CHECK_OK(check_writable(request.name));
  LAKE_CHECK_OK(check_labels(request.labels));
  if (request.bytes) {
    LAKE_CHECK_OK(check_size(*request.bytes));
    LAKE_CHECK_OK(check_room(*request.bytes));
  }
  {
    LAKE_TRY(const auto session, sessions_.open());
    LAKE_TRY(const auto present, BlobTables(*session).find(request.name));
    if (!request.conditions.hold_for(present)) return PutResult{Outcome::kConditionFailed, {}};
  }
  PutResult result;
  LAKE_TRY(const auto stored, receive(request, body, result.outcome));
  if (result.outcome == Outcome::kOtherHash) return result;
  auto referred = refer(request, stored);
  if (!referred && referred.error().code() == ErrorCode::kNotFound) {
    // Somebody dropped the tables since they were made.
    ensured_ = false;
    referred = refer(request, stored);
  }
  if (!referred) return referred.error();
  result = std::move(*referred);
  if (result.outcome == Outcome::kConditionFailed) return result;
  put_bytes_.add(stored.sums.bytes);
  return result;
}

Result<PutResult> BlobStore::refer(const PutRequest& request, const object::StoredContent& stored) {
  LAKE_TRY(const auto session, sessions_.open());
  LAKE_CHECK_OK(ensure_tables(*session));
  BlobTables tables(*session);
  const auto turn = turns_.take(turn_of(request.name));
  PutResult result;
  const auto now = clock_.wall_micros();
  result.blob = {request.name, stored.sums.hash, stored.sums.bytes, request.labels, now};
  const auto done = tables.in_transaction([&]() -> Status {
    LAKE_TRY(const auto present, tables.find(request.name));
    result.outcome = present ? Outcome::kReplaced : Outcome::kCreated;
    if (!request.conditions.hold_for(present)) {
      result.outcome = Outcome::kConditionFailed;
      return ok();
    }
    if (present) LAKE_CHECK_OK(tables.remove(request.name));
    LAKE_CHECK_OK(tables.insert_place(stored.sums, {}, now));
    return tables.insert(result.blob);
  });
  LAKE_CHECK_OK(done);
  return result;
}

Result<BlobInfo> BlobStore::head(const BlobName& name) {
  LAKE_CHECK_OK(check_name(name));
  LAKE_TRY(const auto session, sessions_.open());
  LAKE_TRY(auto blob, BlobTables(*session).find(name));
  if (!blob) return no_blob(name);
  return std::move(*blob);
}

Result<OpenBlob> BlobStore::open(const BlobName& name) {
  LAKE_TRY(auto blob, head(name));
  LAKE_TRY(const auto session, sessions_.open());
  LAKE_TRY(auto places, BlobTables(*session).places(codec::hex_of(blob.hash)));
  return OpenBlob(content_, std::move(blob), std::move(places));
}

Result<Outcome> BlobStore::remove(const BlobName& name, const Conditions& conditions) {
  LAKE_CHECK_OK(check_writable(name));
  LAKE_TRY(const auto session, sessions_.open());
  BlobTables tables(*session);
  const auto turn = turns_.take(turn_of(name));
  auto outcome = Outcome::kRemoved;
  const auto done = tables.in_transaction([&]() -> Status {
    LAKE_TRY(const auto present, tables.find(name));
    if (!present) return no_blob(name);
    outcome = conditions.hold_for(present) ? Outcome::kRemoved : Outcome::kConditionFailed;
    return outcome == Outcome::kRemoved ? tables.remove(name) : ok();
  });
  LAKE_CHECK_OK(done);
  return outcome;
}

Result<std::vector<BlobInfo>> BlobStore::list(const std::string& bucket, const std::string& prefix,
                                              const std::string& after, std::uint64_t limit) {
  LAKE_CHECK_OK(check_bucket(bucket));
  LAKE_TRY(const auto session, sessions_.open());
  return BlobTables(*session).list(bucket, prefix, after, limit);
}

Result<std::vector<BlobTables::Bucket>> BlobStore::buckets() {
  LAKE_TRY(const auto session, sessions_.open());
  return BlobTables(*session).buckets();
}

Result<BlobStore::Sweep> BlobStore::sweep() {
  LAKE_TRY(const auto session, sessions_.open());
  BlobTables tables(*session);
  Sweep swept;
  const auto marked = tables.mark_unreferenced(clock_.wall_micros());
  if (marked) {
    LAKE_CHECK_OK(sweep_content(tables, swept));
  } else if (marked.error().code() != ErrorCode::kNotFound) {
    return marked.error();
  }
  LAKE_CHECK_OK(sweep_objects(tables, swept));
  LAKE_CHECK_OK(sweep_packs(tables, swept));
  swept_bytes_.add(swept.bytes);
  return swept;
}

/// Content that the tables know and nobody refers to.
Status BlobStore::sweep_content(BlobTables& tables, Sweep& swept) {
  const auto before = clock_.wall_micros() - std::chrono::microseconds(options_.grace).count();
  std::string last;
  while (true) {
    LAKE_TRY(const auto names, tables.unreferenced_since(before, kSweptAtOnce));
    // Content that somebody holds stays, and would be met again.
    if (names.empty() || names.back() == last) return ok();
    last = names.back();
    LAKE_CHECK_OK(remove_condemned(tables, names, swept));
    if (names.size() < kSweptAtOnce) return ok();
  }
}

/// Condemned first and asked about then: what gets a reference in between keeps its place and its object.
Status BlobStore::remove_condemned(BlobTables& tables, const std::vector<std::string>& names, Sweep& swept) {
  const auto condemned = content_.leases().condemn(names);
  if (condemned->names().empty()) return ok();
  std::vector<std::string> unknown = condemned->names();
  auto forgotten = tables.forget(condemned->names());
  if (forgotten) {
    swept.contents += forgotten->size();
  } else if (forgotten.error().code() != ErrorCode::kNotFound) {
    return forgotten.error();
  }
  LAKE_TRY(const auto known, tables.known(condemned->names()));
  std::erase_if(unknown, [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  const auto note = [&swept](const Error& failure) {
    if (!swept.failure) swept.failure = failure;
  };
  for (const auto& name : unknown) {
    const auto object = object::object_name_of(name);
    const auto info = content_.objects().head(object);
    if (!info && info.error().code() == ErrorCode::kNotFound) continue;
    if (!info) {
      note(info.error());
      continue;
    }
    if (const auto removed = content_.objects().remove(object); !removed) {
      note(removed.error());
      continue;
    }
    ++swept.objects;
    swept.bytes += info->bytes;
    const MutexLock lock(mutex_);
    if (stored_bytes_ && forgotten) *stored_bytes_ -= std::min(*stored_bytes_, info->bytes);
  }
  return ok();
}

/// Objects that no table knows: their put did not come to its end.
Status BlobStore::sweep_objects(BlobTables& tables, Sweep& swept) {
  const auto before = clock_.wall_micros() - std::chrono::microseconds(options_.grace).count();
  std::vector<std::string> old;
  const auto settle = [&]() -> Status {
    LAKE_TRY(const auto known, tables.known(old));
    std::erase_if(old, [&](const std::string& name) {
      return std::find(known.begin(), known.end(), name) != known.end();
    });
    const auto done = old.empty() ? ok() : remove_condemned(tables, old, swept);
    old.clear();
    return done;
  };
  LAKE_CHECK_OK(content_.list([&](const std::string& name, const object::ObjectInfo& object) -> Status {
    if (object.modified_micros > before) return ok();
    old.push_back(name);
    return old.size() < kSweptAtOnce ? ok() : settle();
  }));
  return old.empty() ? ok() : settle();
}

Status BlobStore::sweep_packs(BlobTables& tables, Sweep& swept) {
  PackSweep sweep(tables, content_);
  const auto done = sweep.run(clock_.wall_micros() - std::chrono::microseconds(options_.grace).count());
  swept.objects += sweep.packs();
  swept.bytes += sweep.bytes();
  if (!swept.failure) swept.failure = sweep.failure();
  LAKE_CHECK_OK(done);
  return count_again(tables);
}

/// What was forgotten in packs that stay is no content any more. Content that somebody holds may be in the
/// store and in no table yet: while there is any the old count stays, which is no smaller.
Status BlobStore::count_again(BlobTables& tables) {
  std::uint64_t notes = 0;
  {
    const MutexLock lock(mutex_);
    if (!stored_bytes_) return ok();
    notes = store_notes_;
  }
  if (!content_.leases().is_idle()) return ok();
  LAKE_TRY(const auto bytes, tables.stored_bytes());
  const MutexLock lock(mutex_);
  if (store_notes_ == notes && content_.leases().is_idle()) stored_bytes_ = bytes;
  return ok();
}

Result<std::vector<std::string>> BlobStore::kept(std::span<const std::string> names) {
  LAKE_TRY(const auto session, sessions_.open());
  LAKE_TRY(const auto known, BlobTables(*session).kept(names));
  std::set<std::string> kept;
  std::map<std::string, bool> is_there;  // of each object
  for (const auto& [name, pack] : known) {
    const auto object = pack ? object::pack_object_of(*pack) : object::object_name_of(name);
    const auto [asked, is_first] = is_there.try_emplace(object, false);
    if (is_first) asked->second = content_.objects().head(object).has_value();
    if (asked->second) kept.insert(name);
  }
  return std::vector<std::string>(kept.begin(), kept.end());
}

void BlobStore::note_stored(std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  ++store_notes_;
  if (stored_bytes_) *stored_bytes_ += bytes;
}

Result<std::optional<std::int64_t>> BlobStore::least_recently_checked() {
  LAKE_TRY(const auto session, sessions_.open());
  return BlobTables(*session).least_recently_checked();
}

Result<std::vector<BlobName>> BlobStore::lost() {
  LAKE_TRY(const auto session, sessions_.open());
  return BlobTables(*session).lost(kDamagedMax);
}

Result<std::vector<std::string>> BlobStore::unknown_objects() {
  LAKE_TRY(const auto session, sessions_.open());
  BlobTables tables(*session);
  std::vector<std::string> some;
  std::vector<std::string> unknown;
  const auto settle = [&]() -> Status {
    LAKE_TRY(const auto known, tables.known(some));
    for (auto& name : some) {
      const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
      if (!is_known && unknown.size() < kDamagedMax) unknown.push_back(object::object_name_of(name));
    }
    some.clear();
    return ok();
  };
  LAKE_CHECK_OK(content_.list([&](const std::string& name, const object::ObjectInfo& /*object*/) -> Status {
    some.push_back(name);
    return some.size() < kSweptAtOnce ? ok() : settle();
  }));
  if (!some.empty()) LAKE_CHECK_OK(settle());
  const auto settle_packs = [&]() -> Status {
    LAKE_TRY(const auto used, tables.used_bytes(some));
    for (const auto& pack : some) {
      if (!used.contains(pack) && unknown.size() < kDamagedMax)
        unknown.push_back(object::pack_object_of(pack));
    }
    some.clear();
    return ok();
  };
  LAKE_CHECK_OK(content_.list_packs([&](const std::string& pack, const object::ObjectInfo& /*object*/) {
    some.push_back(pack);
    return some.size() < kSweptAtOnce ? ok() : settle_packs();
  }));
  if (!some.empty()) LAKE_CHECK_OK(settle_packs());
  return unknown;
}

/// Where content is looked at, kept where it is while the result lives.
struct BlobStore::HeldPlaces {
  std::vector<PlacedContent> places;
  std::string last;  // content in their order; empty: there is none any more
  std::vector<std::shared_ptr<const void>> leases;
};

Result<BlobStore::HeldPlaces> BlobStore::held_places(BlobTables& tables, const std::string& after) {
  HeldPlaces held;
  LAKE_TRY(held.places, tables.next_places(after, kScrubbedAtOnce));
  if (!held.places.empty()) held.last = held.places.back().sums.name();
  std::vector<std::string> names;
  std::vector<std::string> packs;
  for (const auto& each : held.places) {
    names.push_back(each.sums.name());
    held.leases.push_back(content_.leases().hold(names.back()));
    if (!each.place || !object::is_in_pack(*each.place)) continue;
    packs.push_back(each.place->path);
    held.leases.push_back(content_.leases().hold(packs.back()));
  }
  // What went between the first look and the hold is not there to be looked at.
  LAKE_TRY(const auto known, tables.known(names));
  LAKE_TRY(const auto used, tables.used_bytes(packs));
  std::erase_if(held.places, [&](const PlacedContent& each) {
    if (each.place) return object::is_in_pack(*each.place) && !used.contains(each.place->path);
    return std::find(known.begin(), known.end(), each.sums.name()) == known.end();
  });
  return held;
}

Result<BlobStore::Scrub> BlobStore::read_all(const std::function<Status(std::uint64_t)>& go_on, bool note) {
  LAKE_TRY(const auto session, sessions_.open());
  BlobTables tables(*session);
  Scrub result;
  std::string last;
  while (true) {
    LAKE_TRY(auto held, held_places(tables, last));
    if (held.last.empty()) break;
    last = held.last;
    for (auto& each : held.places) {
      Status stopped = ok();
      const auto looked = content_.verify(each.sums, each.place, [&](std::uint64_t bytes) {
        stopped = go_on(bytes);
        return stopped;
      });
      LAKE_CHECK_OK(stopped);
      ++result.contents;
      result.bytes += each.sums.bytes;
      each.damage = looked ? "" : looked.error().message();
      if (looked) continue;
      ++result.damaged_count;
      if (result.damaged.size() < kDamagedMax) result.damaged.push_back(each);
    }
    if (note) LAKE_CHECK_OK(tables.set_checked(held.places, clock_.wall_micros()));
    if (result.damaged_count == 0) continue;
    const MutexLock lock(mutex_);
    none_damaged_ = false;
    ++damage_notes_;
  }
  if (!note) return result;
  LAKE_TRY(const auto damaged, tables.damaged_count());
  damaged_.set(static_cast<std::int64_t>(damaged));
  return result;
}

}  // namespace lake::blobs

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/base/result.hpp"

namespace lake::ingest {

/// Meets each entry of a container once, in an order that the container alone decides.
///
/// Of a zip with a directory the entries that are stored as they are (photos and videos, mostly: read and
/// hashed) and those that are compressed (mostly rows: parsed and stored) take turns, so that both kinds of
/// work go on beside each other wherever the entries lie; each kind comes in the directory's order.
/// Everything else is met as it comes. Threads: one at a time. Lifetime: the container outlives it.
class EntryWalk {
 public:
  /// Errors: those of Container::entries().
  static Result<EntryWalk> begin(archive::Container& container);

  /// The next entry of the kind whose turn it is, of the other when there is none left; nothing after the
  /// last. An error tells that entries are missing; others may follow: ask again.
  Result<std::optional<archive::Entry>> next();
  /// The other kind is next.
  void change_turn() { turn_ = (turn_ + 1) % lanes_.size(); }
  /// The container's directory is read twice, once for each kind.
  [[nodiscard]] bool takes_turns() const { return lanes_.size() > 1; }
  /// next() gave the last one.
  [[nodiscard]] bool is_ended() const;
  /// Of a container that must be read as a stream: gives the content of the entry that next() gave last.
  [[nodiscard]] archive::EntryCursor& cursor() const { return *lanes_.front().cursor; }

 private:
  struct Lane {
    std::unique_ptr<archive::EntryCursor> cursor;
    std::optional<bool> is_verbatim;  // of its entries; nothing = it takes all
    bool is_ended = false;
  };
  std::vector<Lane> lanes_;
  std::size_t turn_ = 0;
};

}  // namespace lake::ingest

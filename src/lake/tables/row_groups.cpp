#include "lake/tables/row_groups.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace lake::tables {
namespace {

constexpr std::size_t kWaitingMax = 1;
constexpr std::size_t kFullMax = 4;

}  // namespace

RowGroups::RowGroups(duckdb::ClientContext& context, duckdb::vector<duckdb::LogicalType> types,
                     std::uint64_t rows_max, bool shares, RowGroupSteps steps)
    : context_(context),
      types_(std::move(types)),
      rows_max_(rows_max),
      steps_(std::move(steps)),
      shares_(shares) {}

RowGroups::~RowGroups() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RowGroups::append(duckdb::DataChunk& chunk) {
  if (rows_ == nullptr) {
    rows_ = duckdb::make_uniq<duckdb::ColumnDataCollection>(context_, types_);
    rows_->InitializeAppend(append_);
  }
  rows_->Append(append_, chunk);
  if (rows_->Count() < rows_max_ && rows_->SizeInBytes() < kBytesMax) return;
  end_group();
  begin_sharing();
  encode_waiting(thread_.joinable() ? kWaitingMax : 0);
  write_down_to(kFullMax);
}

void RowGroups::finish() {
  if (rows_ != nullptr) end_group();
  encode_waiting(0);
  write_down_to(0);
}

/// One that the other thread takes its time for holds up those behind it.
void RowGroups::write_down_to(std::size_t count_max) {
  while (true) {
    write_encoded();
    const MutexLock lock(mutex_);
    if (groups_.size() <= count_max) return;
    if (groups_.front()->state != State::kEncoded) changed_.wait(mutex_);
  }
}

void RowGroups::end_group() {
  append_.current_chunk_state.handles.clear();  // pins of its pages
  auto group = std::make_unique<Group>();
  group->file = steps_.file();
  group->rows = std::move(rows_);
  {
    const MutexLock lock(mutex_);
    groups_.push_back(std::move(group));
  }
  changed_.notify_all();
}

/// From the first full group on: most writes have fewer rows.
void RowGroups::begin_sharing() {
  if (!shares_) return;
  shares_ = false;
  try {
    thread_ = std::thread([this] { share(); });
  } catch (const std::system_error&) {  // too many threads: then it is done on one
  }
}

void RowGroups::share() {
  while (true) {
    Group* group = nullptr;
    {
      const MutexLock lock(mutex_);
      while (!ends_ && (group = take_waiting()) == nullptr) changed_.wait(mutex_);
      if (ends_) return;
    }
    encode(*group);
  }
}

RowGroups::Group* RowGroups::take_waiting() {
  for (auto& group : groups_) {
    if (group->state != State::kWaiting) continue;
    group->state = State::kTaken;
    return group.get();
  }
  return nullptr;
}

void RowGroups::encode(Group& group) {
  try {
    group.encoded = steps_.encode(group.file.get(), std::move(group.rows));
  } catch (...) {
    group.error = std::current_exception();
  }
  {
    const MutexLock lock(mutex_);
    group.state = State::kEncoded;
  }
  changed_.notify_all();
}

void RowGroups::encode_waiting(std::size_t count_max) {
  while (true) {
    Group* group = nullptr;
    {
      const MutexLock lock(mutex_);
      const auto waiting = std::count_if(groups_.begin(), groups_.end(),
                                         [](const auto& each) { return each->state == State::kWaiting; });
      if (static_cast<std::size_t>(waiting) <= count_max) return;
      group = take_waiting();
    }
    encode(*group);
  }
}

void RowGroups::write_encoded() {
  while (true) {
    std::unique_ptr<Group> group;
    {
      const MutexLock lock(mutex_);
      if (groups_.empty() || groups_.front()->state != State::kEncoded) return;
      group = std::move(groups_.front());
      groups_.pop_front();
    }
    if (group->error) std::rethrow_exception(group->error);
    steps_.write(std::move(group->file), *group->encoded);
  }
}

}  // namespace lake::tables

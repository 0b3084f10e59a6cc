#include "lake/ingest/takeout_preview.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <tuple>

#include "lake/archive/container.hpp"
#include "lake/ingest/takeout_report_text.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeadsMax = 3000;
/// Entries of one folder and extension that must agree before the others are taken to be the same.
constexpr std::size_t kAgreeing = 16;
constexpr std::size_t kSampleMax = 3;
constexpr std::size_t kSampleTextBytes = 200;
constexpr std::chrono::seconds kWalkTime{10};

struct Kind {
  std::string product;
  std::string name;  // classified_as; empty = stays a blob
  std::string by;
  auto operator<=>(const Kind&) const = default;
};

/// What is known of the entries of one folder with one extension.
struct Neighbours {
  std::size_t looked = 0;
  std::set<std::string> names;
  Kind last;
};

struct Found {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> sample;
  std::vector<Json> rows;
};

/// The beginning of an entry, as its parser reads it.
class HeadContent final : public takeout::Content {
 public:
  explicit HeadContent(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto count = std::min(out.size(), bytes_.size());
    std::memcpy(out.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view bytes_;
};

/// Ends parsing when there are rows enough.
class Enough final : public takeout::EntrySink::Taker {
 public:
  Status take(takeout::Batch& /*batch*/, const takeout::ElementCounts& /*counts*/) override {
    return Error(ErrorCode::kCancelled, "there are rows enough");
  }
};

std::string shortened(std::string_view text) {
  if (text.size() <= kSampleTextBytes) return std::string(text);
  auto cut = kSampleTextBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

Json value_of(const codec::BatchColumn& column, std::string_view name, std::size_t row) {
  using codec::ColumnType;
  switch (column.type()) {
    case ColumnType::kBool:
      return column.integer(row) != 0;
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64: {
      const auto value = column.integer(row);
      return name.ends_with("_us") ? Json(iso_time(value)) : Json(value);
    }
    case ColumnType::kUint64: {
      std::uint64_t value = 0;
      std::memcpy(&value, column.fixed(row), sizeof value);
      return value;
    }
    case ColumnType::kFloat: {
      float value = 0;
      std::memcpy(&value, column.fixed(row), sizeof value);
      return value;
    }
    case ColumnType::kDouble: {
      double value = 0;
      std::memcpy(&value, column.fixed(row), sizeof value);
      return value;
    }
    case ColumnType::kText:
    case ColumnType::kJson:
      return shortened(column.text(row));
    case ColumnType::kBytes:
      return std::to_string(column.text(row).size()) + " bytes";
    case ColumnType::kTextList: {
      Json list = Json::array();
      for (std::size_t i = 0; i < std::min(column.list_size(row), kSampleMax); ++i)
        list.push_back(shortened(column.list_text(row, i)));
      return list;
    }
  }
  return {};
}

/// The first rows that a parser makes of the beginning of an entry: {"table", "row"}. None of tables that
/// hold secrets, and none by rules that do not know what they read.
std::vector<Json> sample_rows(const takeout::Product& product, const takeout::EntryHead& head) {
  if (product.is_generic || takeout::is_about_blob(product)) return {};
  takeout::Batch batch;
  takeout::SchemaDrift drift;
  Enough enough;
  takeout::EntrySink sink({}, batch, drift, enough, std::size_t{1} << 20U, kSampleMax);
  HeadContent content(head.bytes);
  ignore(product.parse(head, {}, content, sink),
         "it ends where the beginning does, or when there are enough");
  std::vector<Json> rows;
  for (const auto& table : batch.tables()) {
    if (table.spec->is_sensitive) continue;
    for (std::size_t row = 0; row < table.rows.row_count() && rows.size() < kSampleMax; ++row) {
      Json told = Json::object();
      for (std::size_t i = 0; i < table.spec->columns.size(); ++i) {
        const auto& column = table.rows.columns()[i];
        const auto name = table.spec->columns[i].name;
        if (!column.is_null(row)) told[std::string(name)] = value_of(column, name, row);
      }
      rows.push_back({{"table", table.spec->name}, {"row", std::move(told)}});
    }
  }
  return rows;
}

class Preview {
 public:
  Preview(os::Clock& clock, const ProductSelection& products, const std::function<Status()>& go_on)
      : clock_(clock), products_(products), go_on_(go_on) {}

  /// The part's line; what was found is added to the kinds.
  Result<Json> look(archive::Container& container) {
    const auto& summary = container.summary();
    LAKE_TRY(const auto cursor, container.entries());
    const auto until = clock_.monotonic_now() + kWalkTime;
    const bool is_stream = !summary.directory_digest && summary.kind != archive::ContainerKind::kFolder;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::string reason;
    while (true) {
      LAKE_CHECK_OK(go_on_());
      const auto entry = cursor->next();
      if (!entry) {
        reason = entry.error().message();
        break;
      }
      if (!*entry) break;
      if ((*entry)->kind != archive::EntryKind::kFile) continue;
      ++entries;
      bytes += (*entry)->bytes.value_or(0);
      add(**entry, *cursor);
      if (is_stream && clock_.monotonic_now() > until) {
        reason = "only its beginning was looked at: it has no directory";
        break;
      }
    }
    return Json{{"path", container.path()},   {"kind", archive::name_of(summary.kind)},
                {"bytes", summary.bytes},     {"entries", entries},
                {"content_bytes", bytes},     {"is_whole", reason.empty() && !summary.salvaged},
                {"reason", std::move(reason)}};
  }

  [[nodiscard]] Json kinds() const {
    Json list = Json::array();
    for (const auto& [place, found] : found_) {
      const auto& [kind, folder] = place;
      list.push_back({{"product", kind.product.empty() ? folder : kind.product},
                      {"kind", kind.name},
                      {"by", kind.by},
                      {"wanted", products_.wants(kind.product, folder)},
                      {"entries", found.entries},
                      {"bytes", found.bytes},
                      {"sample", found.sample},
                      {"rows", found.rows}});
    }
    return list;
  }

 private:
  void add(const archive::Entry& entry, archive::EntryCursor& cursor) {
    const std::string folder(takeout::product_folder(entry.name));
    std::vector<Json> rows;
    auto& near = neighbours_[{folder, takeout::extension(entry.name)}];
    const bool agree = near.looked >= kAgreeing && near.names.size() == 1;
    if (!agree && heads_ < kHeadsMax && !entry.flaw) {
      ++heads_;
      ++near.looked;
      rows.clear();
      near.last = kind_of(entry, cursor, rows);
      near.names.insert(near.last.name);
    } else {
      near.last.by = "neighbours";
    }
    auto& found = found_[{near.last, folder}];
    ++found.entries;
    found.bytes += entry.bytes.value_or(0);
    if (found.sample.size() < kSampleMax) found.sample.push_back(entry.name);
    for (auto& row : rows) {
      if (found.rows.size() < kSampleMax) found.rows.push_back(std::move(row));
    }
  }

  /// `rows`: the first of those that an import would make, where they may be shown.
  Kind kind_of(const archive::Entry& entry, archive::EntryCursor& cursor, std::vector<Json>& rows) const {
    const auto reader = cursor.open_current();
    if (!reader) return {};
    std::string head(takeout::kHeadBytes, '\0');
    std::size_t size = 0;
    while (size < head.size()) {
      const auto count = (*reader)->read(std::as_writable_bytes(std::span(head)).subspan(size));
      if (!count || *count == 0) break;
      size += *count;
    }
    const bool is_whole = size < head.size();
    head.resize(size);
    takeout::Certainty by{};
    const takeout::EntryHead beginning(entry.name, head, is_whole);
    const auto* product = takeout::product_for(beginning, by);
    if (product == nullptr) return {};
    if (products_.wants(product->product, takeout::product_folder(entry.name)))
      rows = sample_rows(*product, beginning);
    return {std::string(product->product), std::string(product->name), std::string(takeout::name_of(by))};
  }

  os::Clock& clock_;
  const ProductSelection& products_;
  const std::function<Status()>& go_on_;
  std::map<std::pair<std::string, std::string>, Neighbours> neighbours_;
  std::map<std::pair<Kind, std::string>, Found> found_;
  std::size_t heads_ = 0;
};

}  // namespace

Result<std::string> preview_takeout(os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics,
                                    const std::vector<std::string>& paths, const ProductSelection& products,
                                    const std::function<Status()>& go_on) {
  Preview preview(clock, products, go_on);
  Json parts = Json::array();
  for (const auto& path : paths) {
    archive::OpenOptions options;
    options.salvage = true;
    const auto container = archive::Container::open(files, metrics, path, options);
    auto line = container ? preview.look(**container) : Result<Json>(container.error());
    LAKE_CHECK_OK(go_on());
    if (!line) line = Json{{"path", path}, {"is_whole", false}, {"reason", line.error().message()}};
    parts.push_back(std::move(*line));
  }
  const Json text = {{"status", "preview"}, {"parts", std::move(parts)}, {"kinds", preview.kinds()}};
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lake::ingest

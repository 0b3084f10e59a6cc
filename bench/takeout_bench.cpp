// How fast exports of Google Takeout get into the lake, beside what the machine does with the same archives
// in the same run: reading them (read, inflate, checksum: a null import) and, of JSON, walking them with
// simdjson. Arguments: FOLDER_OF_INPUTS MEGABYTES MEMORY_BYTES CASE; inputs are made when they are not there.
#include <signal.h>
#include <simdjson.h>
#include <zlib.h>

#include <cstring>
#include <set>

#include "lake/archive/container.hpp"
#include "lake/blobs/blobs.hpp"
#include "lake/ingest/takeout_content.hpp"
#include "lake/ingest/takeout_import.hpp"
#include "lake/os/machine.hpp"
#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/mail_index.hpp"
#include "lake/takeout/product.hpp"
#include "measure.hpp"

#ifndef TAKEOUT_INPUTS
#error "where the script lies"
#endif

namespace lake::bench {
namespace {

constexpr int kRounds = 5;

os::PosixFileSystem disk;
telemetry::Metrics metrics;

/// Gives each entry of an archive to `use`.
void for_entries(const std::string& path,
                 const std::function<void(const std::string&, archive::EntryReader&)>& use) {
  const auto container = must(archive::Container::open(disk, metrics, path));
  const auto cursor = must(container->entries());
  while (const auto entry = must(cursor->next())) {
    if (entry->kind == archive::EntryKind::kFile) use(entry->name, *must(cursor->open_current()));
  }
}

/// Reads everything and throws it away.
std::uint64_t null_import(const std::string& path) {
  std::uint64_t bytes = 0;
  std::vector<std::byte> piece(256U << 10U);
  for_entries(path, [&](const std::string&, archive::EntryReader& reader) {
    while (const auto count = must(reader.read(piece))) bytes += count;
  });
  return bytes;
}

/// The text of the one entry of an archive, with the padding that simdjson wants.
std::string whole_text(archive::EntryReader& reader) {
  std::string text;
  std::size_t size = 0;
  while (true) {
    text.resize(size + (4U << 20U) + simdjson::SIMDJSON_PADDING);
    const auto count = must(reader.read(std::as_writable_bytes(std::span(text)).subspan(size, 4U << 20U)));
    if (count == 0) break;
    size += count;
  }
  text.resize(size);
  text.reserve(size + simdjson::SIMDJSON_PADDING);
  return text;
}

std::uint64_t walk_object(simdjson::ondemand::object object, const std::set<std::string_view>& wanted) {
  std::uint64_t sum = 0;
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (!wanted.contains(key)) continue;
    auto value = field.value();
    std::int64_t number = 0;
    std::string_view text;
    if (!value.get_int64().get(number))
      sum += static_cast<std::uint64_t>(number);
    else if (!value.get_string().get(text))
      sum += text.size();
  }
  return sum;
}

/// The ceiling: inflates all, then reads the members that matter with simdjson on demand, and keeps nothing.
std::uint64_t walk_json(const std::string& path, const std::set<std::string_view>& wanted) {
  std::uint64_t sum = 0;
  for_entries(path, [&](const std::string&, archive::EntryReader& reader) {
    const auto text = whole_text(reader);
    simdjson::ondemand::parser parser;
    auto document = parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::array array;
    if (document.get_array().get(array)) array = document["locations"].get_array();
    for (auto element : array) sum += walk_object(element.get_object(), wanted);
  });
  return sum;
}

/// Throws full batches away.
class Discard final : public takeout::EntrySink::Taker {
 public:
  Status take(takeout::Batch& batch, const takeout::ElementCounts&) override {
    rows += batch.row_count();
    batch.clear();
    return ok();
  }
  std::uint64_t rows = 0;
};

/// Parses everything and stores nothing: on one thread, or with the content unpacked on another, as imports
/// do where there are two.
std::uint64_t parse_only(const std::string& path, bool reads_ahead = false, bool is_index = false) {
  Discard discard;
  ingest::ReadingPulse pulse;
  takeout::SchemaDrift drift;
  for_entries(path, [&](const std::string& name, archive::EntryReader& reader) {
    ingest::EntryContent content(reader, pulse);
    if (content.head().empty()) return;
    const takeout::EntryHead head(name, content.head(), content.is_whole());
    takeout::Certainty by{};
    const auto* product = takeout::product_for(head, by);
    takeout::Batch batch;
    takeout::EntrySink sink({.entry_id = 1, .export_us = 0, .resume_offset = 0}, batch, drift, discard,
                            32U << 20U, 200'000);
    if (product != nullptr) {
      if (reads_ahead) content.read_ahead(std::nullopt);
      static_cast<void>(must(is_index ? takeout::index_mbox(head, content, sink)
                                      : product->parse(head, {}, content, sink)));
    }
    content.drain();
    if (content.failure()) stop(content.failure()->message());
    discard.rows += batch.row_count();
  });
  return discard.rows;
}

struct Imported {
  ingest::TakeoutReport report;
  double first_rows = -1;      // seconds until the first commit
  double longest_silence = 0;  // seconds between two words about how far it is
};

Imported import(OpenLake& lake, const std::string& path, unsigned workers = 0,
                const std::function<bool(const ingest::TakeoutProgress&)>& watch = {}) {
  os::SystemClock clock;
  const auto session = must(lake->sessions().open());
  Imported imported;
  const double began = seconds_of(CLOCK_MONOTONIC);
  double told = began;
  ingest::TakeoutRequest request;
  request.paths = {path};
  request.blobs = &lake->blobs().store();
  request.workers_max = workers;
  imported.report = must(ingest::import_takeout(
      *session, disk, clock, metrics, request, [&](const ingest::TakeoutProgress& progress) {
        const double now = seconds_of(CLOCK_MONOTONIC);
        imported.longest_silence = std::max(imported.longest_silence, now - told);
        told = now;
        if (imported.first_rows < 0 && progress.rows_done > 0) imported.first_rows = now - began;
        return !watch || watch(progress);
      }));
  if (!imported.report.all_hold()) stop("the ledger does not balance");
  return imported;
}

struct Archive {
  std::string path;
  double megabytes = 0;  // of content
};

void print_rate(const char* what, const Archive& archive, const Time& time) {
  std::printf("  %-34s %8.0f MB/s (cpu %6.0f MB/s)\n", what, archive.megabytes / time.wall,
              archive.megabytes / time.cpu);
  std::fflush(stdout);
}

/// Import against `theirs`, and parsing without storing against the same.
void against(const std::string& name, const Archive& archive, const std::string& peer, const Work& theirs,
             Goal goal) {
  const Workplace place("takeout_bench_lake");
  int lakes = 0;
  Comparison parsed;
  Comparison parsed_beside;
  Comparison stored;
  Time read;
  Time import_time;
  Time parse_time;
  for (int round = -1; round < kRounds; ++round) {
    OpenLake lake(place.path() + "/" + std::to_string(lakes++));
    read = time_of([&] { null_import(archive.path); });
    const auto other = time_of(theirs);
    parse_time = time_of([&] { parse_only(archive.path); });
    const auto beside = time_of([&] { parse_only(archive.path, true); });
    import_time = time_of([&] { import(lake, archive.path); });
    if (round < 0) continue;
    parsed.add(parse_time, other);
    parsed_beside.add(beside, other);
    stored.add(import_time, other);
  }
  std::printf("%s, %.0f MB\n", name.c_str(), archive.megabytes);
  print_rate("read, inflate, checksum", archive, read);
  print_rate("parse, store nothing", archive, parse_time);
  print_rate("import", archive, import_time);
  parsed.print("  parse, store nothing", peer, {});
  parsed_beside.print("  parse, unpack on another thread", peer, {});
  stored.print("  import", peer, goal);
}

/// Takes a file out of the page cache, so that the next to read it reads the disk.
void forget(const std::string& path) {
  const auto dd = "dd if='" + path + "' iflag=nocache count=0 status=none";
  if (std::system(dd.c_str()) != 0) stop("the page cache keeps " + path);
}

/// Import against reading, both of an archive of which nothing is in memory: any that is larger than it.
void from_disk(const std::string& name, const Archive& archive, Goal goal) {
  const Workplace place("takeout_bench_lake");
  int lakes = 0;
  Comparison imported;
  Time read;
  Time stored;
  for (int round = -1; round < kRounds; ++round) {
    OpenLake lake(place.path() + "/" + std::to_string(lakes++));
    forget(archive.path);
    read = time_of([&] { null_import(archive.path); });
    forget(archive.path);
    stored = time_of([&] { import(lake, archive.path); });
    if (round >= 0) imported.add(stored, read);
  }
  std::printf("%s, %.0f MB, from the disk\n", name.c_str(), archive.megabytes);
  print_rate("read, inflate, checksum", archive, read);
  print_rate("import", archive, stored);
  imported.print("  import", "null import", goal);
}

/// The same export with one worker that reads and parses, and with as many as imports take by themselves, read
/// from the disk.
void by_workers(const std::string& name, const Archive& archive) {
  const Workplace place("takeout_bench_lake");
  const unsigned count = os::this_machine().cpu_count;
  int lakes = 0;
  Comparison shared;
  Time alone;
  Time together;
  const auto time_with = [&](unsigned workers) {
    OpenLake lake(place.path() + "/" + std::to_string(lakes++));
    forget(archive.path);
    return time_of([&] { import(lake, archive.path, workers); });
  };
  for (int round = -1; round < kRounds; ++round) {
    alone = time_with(1);
    together = time_with(count);
    if (round >= 0) shared.add(together, alone);
  }
  const auto workers = std::to_string(count) + " workers";
  std::printf("%s, %.0f MB, by workers\n", name.c_str(), archive.megabytes);
  print_rate("import, 1 worker", archive, alone);
  print_rate(("import, " + workers).c_str(), archive, together);
  shared.print("  import, " + workers, "1 worker", {});
}

/// The index of a mailbox: each message's place, ids, times, addresses, subject and labels, without its
/// texts.
void mail_index(const Archive& archive) {
  compare(
      "  mbox index", "null import", at_most(1 / 0.9), kRounds, [&] { parse_only(archive.path, true, true); },
      [&] { null_import(archive.path); });
}

void small_things(const Archive& archive) {
  const Workplace place("takeout_bench_lake");
  {
    OpenLake lake(place.path() + "/lake");
    const auto imported = import(lake, archive.path);
    std::printf("first rows after %.2f s (goal 5)   longest silence %.2f s (goal 1)\n", imported.first_rows,
                imported.longest_silence);
  }
  // Killed where half is done, begun again: how long until it is where it was?
  const auto killed = apart([&]() -> std::vector<double> {
    int ends[2];
    if (pipe(ends) != 0) stop("no pipe");
    const pid_t child = fork();
    if (child == 0) {
      OpenLake lake(place.path() + "/killed");
      import(lake, archive.path, 0, [&](const ingest::TakeoutProgress& progress) {
        const auto rows = static_cast<double>(progress.rows_done);
        if (progress.bytes_total > 0 && progress.bytes_done * 2 > progress.bytes_total && rows > 0) {
          if (write(ends[1], &rows, sizeof rows) != sizeof rows) std::_Exit(1);
          raise(SIGKILL);
        }
        return true;
      });
      std::_Exit(0);
    }
    double rows = 0;
    if (read(ends[0], &rows, sizeof rows) != sizeof rows) stop("it was not killed");
    int status = 0;
    waitpid(child, &status, 0);
    OpenLake lake(place.path() + "/killed");
    return {rows, import(lake, archive.path).first_rows};
  });
  std::printf("killed after %.0f rows: the next rows are stored %.2f s after it begins again (goal 10)\n",
              killed.at(0), killed.at(1));
  std::fflush(stdout);
}

std::string little(std::uint64_t value, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

/// A ZIP64 with one file, written as it is made.
class OneFileZip {
 public:
  OneFileZip(const std::string& path, std::string name, int method)
      : file_(must(disk.open(path, os::OpenMode::kCreate))), name_(std::move(name)), method_(method) {
    if (method_ == 8 && deflateInit2(&stream_, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      stop("no zlib");
  }
  void write(std::string_view text, int flush = Z_NO_FLUSH) {
    crc_ = ::crc32(crc_, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
    bytes_ += text.size();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      ::deflate(&stream_, flush);
      const auto size = out_.size() - stream_.avail_out;
      put(local_header().size() + stored_, std::string_view(out_).substr(0, size));
      stored_ += size;
    } while (stream_.avail_out == 0);
  }
  /// A hole instead of content: GiB of zeros that take no room.
  void hole(std::uint64_t gib) {
    constexpr std::uint64_t kGib = 1ULL << 30U;
    const unsigned char zero = 0;
    uLong of_gib = ::crc32(0, &zero, 1);
    for (std::uint64_t bytes = 1; bytes < kGib; bytes *= 2)
      of_gib = crc32_combine(of_gib, of_gib, static_cast<z_off_t>(bytes));
    crc_ = of_gib;
    for (std::uint64_t i = 1; i < gib; ++i) crc_ = crc32_combine(crc_, of_gib, static_cast<z_off_t>(kGib));
    bytes_ = gib * kGib;
    stored_ = bytes_;
  }
  void end() {
    if (method_ == 8) {
      write("", Z_FINISH);
      deflateEnd(&stream_);
    }
    const auto local = local_header();
    const auto at = local.size() + stored_;
    put(0, local);
    const auto central = "PK\1\2" + little(45, 2) + common() + little(0, 2) + little(0, 2) + little(0, 2) +
                         little(0, 4) + little(0, 4) + name_ + extra();
    const auto end64 = "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
                       little(1, 8) + little(1, 8) + little(central.size(), 8) + little(at, 8);
    const auto locator = "PK\6\7" + little(0, 4) + little(at + central.size(), 8) + little(1, 4);
    const auto end = "PK\5\6" + little(0, 4) + little(1, 2) + little(1, 2) + little(central.size(), 4) +
                     little(UINT32_MAX, 4) + little(0, 2);
    put(at, central + end64 + locator + end);
    must(file_->close());
  }

 private:
  void put(std::uint64_t offset, std::string_view text) {
    must(file_->write_at(offset, std::as_bytes(std::span(text))));
  }
  [[nodiscard]] std::string extra() const {
    return little(1, 2) + little(16, 2) + little(bytes_, 8) + little(stored_, 8);
  }
  [[nodiscard]] std::string common() const {
    return little(45, 2) + little(0, 2) + little(static_cast<std::uint64_t>(method_), 2) + little(0, 4) +
           little(crc_, 4) + little(UINT32_MAX, 4) + little(UINT32_MAX, 4) + little(name_.size(), 2) +
           little(extra().size(), 2);
  }
  [[nodiscard]] std::string local_header() const { return "PK\3\4" + common() + name_ + extra(); }

  const std::unique_ptr<os::File> file_;
  const std::string name_;
  const int method_;
  z_stream stream_{};
  std::string out_ = std::string(1U << 20U, '\0');
  uLong crc_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t stored_ = 0;
};

void known_export() {
  const Workplace place("takeout_bench_lake");
  const auto path = place.path() + "/takeout-20240501T120000Z-001.zip";
  OneFileZip zip(path, "Takeout/Drive/hole.bin", 0);
  zip.hole(20);
  zip.end();
  OpenLake lake(place.path() + "/lake");
  const auto read = time_of([&] { null_import(path); });
  const auto first = time_of([&] { import(lake, path); });
  const auto again = time_of([&] {
    if (import(lake, path).report.parts.at(0).state != "known") stop("it is not known");
  });
  std::printf("20 GiB stored: read %.2f s, adopted in place %.2f s (share %.2f, goal >= 0.85)\n", read.wall,
              first.wall, read.wall / first.wall);
  std::printf("20 GiB known before: recognised in %.3f s (goal 2)\n", again.wall);
  std::fflush(stdout);
}

/// Records of a location history, deflated as they are made.
void write_records(const std::string& path, std::uint64_t bytes_wanted) {
  OneFileZip zip(path + ".part", "Takeout/Location History (Timeline)/Records.json", 8);
  std::string text = "{\"locations\": [";
  std::uint64_t bytes = 0;
  char record[512];
  for (std::uint64_t i = 0; bytes < bytes_wanted; ++i) {
    const int size =
        std::snprintf(record, sizeof record,
                      "%s{\n    \"latitudeE7\": %llu,\n    \"longitudeE7\": %llu,\n    \"accuracy\": %llu,\n "
                      "   \"source\": "
                      "\"WIFI\",\n    \"deviceTag\": -577590622,\n    \"timestampMs\": \"%llu\"\n  }",
                      i == 0 ? "" : ", ", 525000000ULL + i % 100000, 134000000ULL + i % 77777, 10ULL + i % 50,
                      1300000000000ULL + i * 20011);
    text.append(record, static_cast<std::size_t>(size));
    if (text.size() < (1U << 20U)) continue;
    bytes += text.size();
    zip.write(text);
    text.clear();
  }
  zip.write(text + "]}");
  zip.end();
  must(disk.rename(path + ".part", path));
}

void memory(const std::string& folder, std::uint64_t bytes) {
  const auto path = folder + "/memory.zip";
  if (!must(disk.exists(path))) write_records(path, bytes);
  const auto figures = apart([&]() -> std::vector<double> {
    const Workplace place("takeout_bench_lake");
    OpenLake lake(place.path() + "/lake", {{"memory-limit", "512MB"}});
    const auto time = time_of([&] { import(lake, path); });
    return {status_bytes("VmHWM"), time.wall, time.cpu};
  });
  const double limit = 512e6;
  print_figures("peak memory at a limit of 512 MB", figures.at(0) / 1e6, "limit + 256 MiB",
                (limit + 268435456) / 1e6, "MB", figures.at(0) / (limit + 268435456), at_most(1));
  std::printf("  %.1f GB of Records.json in %.1f s (cpu %.1f s)\n", static_cast<double>(bytes) / 1e9,
              figures.at(1), figures.at(2));
}

/// `only`: one of the cases; empty = all.
void measure(const std::string& folder, const std::string& megabytes, std::uint64_t memory_bytes,
             const std::string& only) {
  const auto script = std::string("python3 " TAKEOUT_INPUTS "/bench/takeout_inputs.py '") + folder +
                      "' " TAKEOUT_INPUTS "/test/data/takeout_generator " + megabytes;
  if (std::system(script.c_str()) != 0) stop("the inputs cannot be made");
  const auto is_wanted = [&](const char* name) { return only.empty() || only == name; };
  const auto archive = [&](const std::string& kind) {
    Archive found{folder + "/" + kind + ".zip"};
    found.megabytes = static_cast<double>(null_import(found.path)) / 1e6;
    return found;
  };
  const auto against_reading = [&](const std::string& name, const std::string& kind, Goal goal) {
    const auto found = archive(kind);
    against(name, found, "null import", [&] { null_import(found.path); }, goal);
  };
  const auto against_walking = [&](const std::string& name, const std::string& kind, Goal goal,
                                   const std::set<std::string_view>& wanted) {
    const auto found = archive(kind);
    against(name, found, "inflate + simdjson", [&] { walk_json(found.path, wanted); }, goal);
  };
  if (is_wanted("memory")) memory(folder, memory_bytes);
  if (is_wanted("records"))
    against_walking(
        "Records.json", "records", at_most(1 / 0.6),
        {"latitudeE7", "longitudeE7", "timestamp", "accuracy", "altitude", "source", "deviceTag"});
  if (is_wanted("activity"))
    against_walking("My Activity JSON", "activity", at_most(1 / 0.5),
                    {"header", "title", "titleUrl", "time"});
  if (is_wanted("mail")) {
    against_reading("mbox, MIME decoded", "mail", at_most(1 / 0.6));
    mail_index(archive("mail"));
  }
  if (is_wanted("attachments")) {
    against_reading("mbox of attachments", "attachments", at_most(1 / 0.6));
    mail_index(archive("attachments"));
  }
  if (is_wanted("photos")) against_reading("photos, stored", "photos", {});
  if (is_wanted("mixed")) against_reading("mixed export", "mixed", at_most(1.6));
  if (is_wanted("workers")) by_workers("mixed export, large", archive("household"));
  if (is_wanted("household")) against_reading("mixed export, large", "household", at_most(1.6));
  if (is_wanted("disk")) from_disk("mixed export, large", archive("household"), at_most(1.6));
  if (is_wanted("small")) small_things(archive("records"));
  if (is_wanted("known")) known_export();
}

}  // namespace
}  // namespace lake::bench

int main(int count, char** words) {
  const std::string folder = count > 1 ? words[1] : "takeout_bench_inputs";
  lake::bench::measure(folder, count > 2 ? words[2] : "200",
                       count > 3 ? std::stoull(words[3]) : 5'120'000'000ULL, count > 4 ? words[4] : "");
  return 0;
}

#include "lake/ingest/source_files.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>

#include "lake/archive/entry_name.hpp"

namespace lake::ingest {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// The file name without compression ending, lower-case.
std::string bare_name(const std::string& path) {
  std::string name = lower(os::file_name(path));
  for (const char* ending : {".gz", ".zst"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - std::string_view(ending).size());
  }
  return name;
}

Compression compression_of(const std::string& path) {
  const std::string name = lower(os::file_name(path));
  if (name.ends_with(".gz")) return Compression::kGzip;
  return name.ends_with(".zst") ? Compression::kZstd : Compression::kNone;
}

std::optional<FileFormat> format_of(const std::string& path) {
  const std::string name = bare_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto format = file_format_named(std::string_view(name).substr(dot + 1));
  if (format == FileFormat::kParquet && name != lower(os::file_name(path))) return std::nullopt;
  return format;
}

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

class Search {
 public:
  Search(os::FileSystem& files, std::optional<FileFormat> format) : files_(files), format_(format) {}

  Status add(const std::string& path) {
    const auto info = stat_target(path);
    if (info && info->kind == os::FileKind::kDirectory) return add_tree(path);
    if (info && info->kind == os::FileKind::kOther) {
      return Error(
          ErrorCode::kInvalidArgument,
          "it is a pipe, a device or a link that leads nowhere; files are read more than once, so save "
          "it as a file first: " +
              path);
    }
    if (info) {
      const auto format = format_ ? format_ : format_of(path);
      if (!format) {
        return Error(
            ErrorCode::kInvalidArgument,
            "its name tells no format (csv, tsv, json, ndjson, parquet; give one with --format): " + path);
      }
      list_.files.push_back({path, *format, suggested_table(path), info->bytes, compression_of(path)});
      return ok();
    }
    if (info.error().code() != ErrorCode::kNotFound || !is_pattern(path)) return info.error();
    return add_matches(path);
  }

  SourceList take() { return std::move(list_); }

 private:
  /// Of what a link leads to.
  Result<os::FileInfo> stat_target(const std::string& path) {
    LAKE_TRY(const auto info, files_.stat(path));
    if (info.kind != os::FileKind::kOther) return info;
    const auto target = files_.canonical(path);
    // The name of a pipe that a process holds leads nowhere by itself.
    const auto found = target ? files_.stat(*target) : Result<os::FileInfo>(info);
    return found ? *found : info;
  }

  bool leads_to_directory(const std::string& path) {
    const auto info = stat_target(path);
    return info && info->kind == os::FileKind::kDirectory;
  }

  /// One that was found, not given.
  Status add_found(const std::string& path) {
    if (format_ || format_of(path)) {
      const auto info = stat_target(path);
      if (info && info->kind == os::FileKind::kFile) return add(path);
    }
    list_.ignored.push_back(path);
    return ok();
  }

  Status add_tree(const std::string& directory) {
    LAKE_TRY(auto entries, files_.list(directory));
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& entry : entries) {
      if (entry.name.starts_with('.')) continue;
      const std::string path = os::join_path(directory, entry.name);
      if (entry.kind == os::FileKind::kDirectory) {
        LAKE_CHECK_OK(add_tree(path));
      } else {
        LAKE_CHECK_OK(add_found(path));
      }
    }
    return ok();
  }

  Status add_matches(const std::string& pattern) {
    std::vector<std::string> parts;
    std::size_t begin = pattern.starts_with('/') ? 1 : 0;
    const std::string root = begin == 1 ? "/" : ".";
    while (begin <= pattern.size()) {
      const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
      if (end > begin) parts.push_back(pattern.substr(begin, end - begin));
      begin = end + 1;
    }
    std::vector<std::string> found;
    LAKE_CHECK_OK(match(root, parts, 0, found));
    if (found.empty()) return Error(ErrorCode::kNotFound, "no file matches " + pattern);
    for (const auto& path : found) LAKE_CHECK_OK(add_found(path));
    return ok();
  }

  Status match(const std::string& directory, const std::vector<std::string>& parts, std::size_t depth,
               std::vector<std::string>& found) {
    const bool any_depth = parts[depth] == "**";
    const bool last = depth + 1 == parts.size();
    if (any_depth && !last) LAKE_CHECK_OK(match(directory, parts, depth + 1, found));
    auto entries = files_.list(directory);
    if (!entries) return entries.error().code() == ErrorCode::kNotFound ? ok() : Status(entries.error());
    std::sort(entries->begin(), entries->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& entry : *entries) {
      const bool matches = any_depth ? !entry.name.starts_with('.')
                                     : fnmatch(parts[depth].c_str(), entry.name.c_str(), FNM_PERIOD) == 0;
      if (!matches) continue;
      const std::string path = directory == "." ? entry.name : os::join_path(directory, entry.name);
      if (entry.kind == os::FileKind::kDirectory) {
        if (any_depth) LAKE_CHECK_OK(match(path, parts, depth, found));
        if (!any_depth && !last) LAKE_CHECK_OK(match(path, parts, depth + 1, found));
      } else if (last) {
        found.push_back(path);
      } else if (!any_depth && leads_to_directory(path)) {
        LAKE_CHECK_OK(match(path, parts, depth + 1, found));
      }
    }
    return ok();
  }

  os::FileSystem& files_;
  std::optional<FileFormat> format_;
  SourceList list_;
};

}  // namespace

std::string suggested_table(const std::string& path) {
  std::string name = bare_name(path);
  if (const std::size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0) name.resize(dot);
  std::string table;
  for (const char c : name) {
    const bool word =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80U) != 0;
    if (word) {
      table += c;
    } else if (!table.empty() && table.back() != '_') {
      table += '_';
    }
  }
  while (!table.empty() && table.back() == '_') table.pop_back();
  if (table.empty() || std::isdigit(static_cast<unsigned char>(table[0])) != 0) table.insert(0, "t_");
  return table;
}

Status check_path_text(const std::string& path) {
  if (archive::is_utf8(path)) return ok();
  return Error(ErrorCode::kInvalidArgument,
               "the path is not UTF-8, and can be no text in a table; give it another name (mv), then import "
               "that: " +
                   archive::printable_name(path));
}

std::optional<FileFormat> file_format_named(std::string_view name) {
  if (name == "csv") return FileFormat::kCsv;
  if (name == "tsv" || name == "tab") return FileFormat::kTsv;
  if (name == "json") return FileFormat::kJson;
  if (name == "ndjson" || name == "jsonl") return FileFormat::kNdjson;
  if (name == "parquet") return FileFormat::kParquet;
  return std::nullopt;
}

Result<SourceList> find_sources(os::FileSystem& files, const std::vector<std::string>& paths,
                                std::optional<FileFormat> format) {
  Search search(files, format);
  for (const auto& path : paths) LAKE_CHECK_OK(search.add(path));
  SourceList list = search.take();
  if (list.files.empty()) {
    return Error(
        ErrorCode::kNotFound,
        "no file to import: none of those found has a format we read (csv, tsv, json, ndjson, parquet)");
  }
  return list;
}

}  // namespace lake::ingest

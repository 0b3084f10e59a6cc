#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "lake/base/result.hpp"

namespace lake::object {

struct ObjectInfo {
  std::string name;
  std::uint64_t bytes = 0;
  std::int64_t modified_micros = 0;  // since 1970, UTC
};

/// One object open for reading. Threads: any. It stays readable when the object is removed or replaced
/// meanwhile: then it gives the bytes of when it was opened, or fails.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  /// Fills `out` from `offset` on; fewer only at the end. Errors: kIo, kUnavailable.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

/// An object being written. Nothing of it can be seen before commit(); without one it leaves nothing behind.
/// Threads: one.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Appends. Errors: kIo, kResourceExhausted (no space); then only destruction is left.
  virtual Status write(std::span<const std::byte> bytes) = 0;
  /// Puts it under `name`, in place of what is there. Once OK it is durable; after an error the name has what
  /// it had or, when only the last sync failed, perhaps the new object. The name is told at the end because
  /// that of content is known only then; a store that has to know it first keeps the bytes aside.
  virtual Status commit(const std::string& name) = 0;
};

/// Bytes under names: whole or not there, durable once written. A name is parts of letters, digits, '-', '_'
/// and '.', joined by '/'; a part does not begin with '.'. Threads: any. Errors everywhere: kInvalidArgument
/// (not such a name), kIo, kUnavailable.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual Result<std::unique_ptr<ObjectWriter>> create() = 0;
  /// Errors: kNotFound.
  virtual Result<std::unique_ptr<ObjectReader>> open(const std::string& name) = 0;
  /// Errors: kNotFound.
  virtual Result<ObjectInfo> head(const std::string& name) = 0;
  /// OK when there is none. Durable once OK.
  virtual Status remove(const std::string& name) = 0;
  /// Told each object whose name begins with `prefix`, which is empty or ends with '/', in no order; its
  /// error ends the listing. Objects that come or go meanwhile may be told or not.
  virtual Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& each) = 0;
};

/// Whether it can be the name of an object.
bool is_object_name(const std::string& name);

}  // namespace lake::object

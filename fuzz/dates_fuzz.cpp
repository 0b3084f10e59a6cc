#include <cstdint>
#include <string_view>

#include "lake/takeout/local_dates.hpp"
#include "lake/takeout/mail_words.hpp"
#include "lake/takeout/photo_names.hpp"
#include "lake/takeout/times.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

namespace {

/// Years 1 to 9999.
void check(const std::optional<Timestamp>& time) {
  if (time && (time->micros < -62'135'596'800'000'000 - 86'400'000'000 ||
               time->micros > 253'402'300'800'000'000 + 86'400'000'000))
    __builtin_trap();
}

}  // namespace

// Any text as a date of each family: none reads beyond it, and what is a date lies in the years there are.
// Names of media too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(parse_iso(text));
  check(parse_mail_date(text));
  for (const std::int64_t per_second : {1LL, 1000LL, 1'000'000LL, 1'000'000'000LL})
    check(parse_epoch(text, per_second));
  if (const auto date = parse_local_date(text))
    check(with_account_zone(*date, "Europe/Berlin", 1'700'000'000'000'000));
  static_cast<void>(time_in_name(text));
  const auto names = sidecar_names(text);
  if (names.names.empty() || names.edited_from > names.names.size()) __builtin_trap();
  return 0;
}

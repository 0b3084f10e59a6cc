#pragma once

namespace lake::config {
struct Settings;
}

namespace lake::server {

/// What `dplake serve` may be asked beyond the settings.
struct ServeOptions {
  bool sample = false;  // fill an empty lake with the generated sample
};

/// Opens the lake and answers on its doors until SIGTERM or SIGINT, then drains. Prints the link with the
/// token on standard output, the log on standard error. Returns the exit code: 0 after a clean drain, 1 when
/// something failed, 2 for settings that cannot be.
int serve(const config::Settings& settings, const ServeOptions& options);

}  // namespace lake::server

#include "lake/server/serve.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "lake/access/paths.hpp"
#include "lake/access/token.hpp"
#include "lake/blobs/blobs.hpp"
#include "lake/config/settings.hpp"
#include "lake/http/server.hpp"
#include "lake/ingest/ingestion_jobs.hpp"
#include "lake/ingest/takeout_jobs.hpp"
#include "lake/ingest/upload_store.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/server/lake_instance.hpp"
#include "lake/server/sample.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/version.hpp"

namespace lake::server {

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// Signals that end the server, held back from every thread and taken by one.
class EndSignals {
 public:
  /// Before any other thread is started: they inherit it.
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  std::string_view wait() {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    return signal == SIGINT ? "SIGINT" : "SIGTERM";
  }
  /// From now on a signal ends the process at once, which the lake survives.
  void let_through() { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{};
};

/// What a server needs beside the lake. Built before it, gone after it.
struct Machine {
  os::PosixFileSystem files{os::Sharing::kOwnerOnly};
  os::SystemClock clock;
  os::SystemRandom random;
};

http::ServerOptions http_options(const config::Settings& settings) {
  http::ServerOptions options;
  options.address = settings.server.address;
  options.port = static_cast<std::uint16_t>(settings.server.port);
  options.workers = static_cast<std::uint32_t>(settings.query.concurrent_max);
  options.workers_queued_max = static_cast<std::uint32_t>(settings.query.queued_max);
  options.body_bytes_max = settings.server.request_bytes_max;
  options.transfers = static_cast<std::uint32_t>(settings.server.transfers_max);
  options.connections_max = static_cast<std::uint32_t>(settings.server.connections_max);
  options.header_timeout = settings.server.header_timeout;
  options.idle_timeout = settings.server.idle_timeout;
  options.body_timeout = settings.server.body_timeout;
  options.write_timeout = settings.server.write_timeout;
  options.query_timeout = settings.query.timeout;
  return options;
}

/// One word of a shell's command line.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// What starts this program in a shell: its name where PATH leads to it, else its path.
std::string own_command(os::FileSystem& files) {
  const auto self = files.canonical("/proc/self/exe");
  if (!self) return "dplake";
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const auto found = files.canonical(os::join_path(directory.empty() ? "." : directory, "dplake"));
    if (found) return *found == *self ? "dplake" : shell_word(*self);
  }
  return shell_word(*self);
}

/// The commands work as they stand: they name the data directory, since that holds the token.
void print_welcome(os::FileSystem& files, const std::string& url, const std::string& token,
                   const std::string& data_directory, bool has_sample) {
  const std::string sql =
      own_command(files) + " sql --server " + url + " --data " + shell_word(data_directory);
  fmt::print("Datapunk Lake is serving at\n\n  {}/?token={}\n\nTry\n\n  {} -c \"SHOW ALL TABLES\"\n", url,
             token, sql);
  if (has_sample) {
    fmt::print("  {} -c \"FROM revenue_by_month ORDER BY month LIMIT 10\"\n", sql);
    fmt::print("  {} -c \"SELECT time, product, title FROM takeout.timeline ORDER BY time DESC LIMIT 10\"\n",
               sql);
  }
  fmt::print("\nCtrl-C ends it.\n");
  std::fflush(stdout);
}

/// What brings files in: uploads, and imports as jobs.
struct Intake {
  std::unique_ptr<ingest::UploadStore> uploads;
  std::unique_ptr<ingest::TakeoutJobs> takeout;
  std::unique_ptr<ingest::IngestionJobs> ingestion;
};

Result<Intake> open_intake(OpenLake& lake, const config::Settings& settings, Machine& machine,
                           telemetry::Log& log) {
  const auto& data = lake.data_directory();
  ingest::UploadBounds bounds;
  bounds.bytes_max = settings.uploads.bytes_max;
  bounds.count_max = settings.uploads.count_max;
  bounds.age_max = settings.uploads.age_max;
  Intake intake;
  LAKE_TRY(intake.uploads, ingest::UploadStore::open(machine.files, machine.clock, machine.random,
                                                     lake.metrics(), os::join_path(data, "uploads"), bounds));
  LAKE_TRY(auto allowed, access::AllowedPaths::open(machine.files, settings.access.allowed_paths, {data}));
  ingest::IngestionOptions options;
  options.queued_max = settings.ingestion.queued_max;
  options.watched = settings.ingestion.watched;
  options.settle = settings.ingestion.settle;
  options.bounds = {settings.ingestion.unpacked_bytes_max, settings.ingestion.records_max};
  intake.ingestion = std::make_unique<ingest::IngestionJobs>(
      ingest::IngestionMachine{lake.sessions(), lake.jobs(), *intake.uploads, machine.files, machine.clock,
                               lake.metrics(), log},
      allowed, std::move(options));
  intake.takeout = std::make_unique<ingest::TakeoutJobs>(
      ingest::TakeoutMachine{lake.sessions(), lake.blobs().store(), lake.jobs(), *intake.uploads,
                             machine.files, machine.clock, lake.metrics(), log, &lake.tracer()},
      std::move(allowed),
      ingest::TakeoutJobsOptions{data, settings.imports.queued_max,
                                 static_cast<unsigned>(settings.imports.workers_max)});
  return intake;
}

/// Everything between an open lake and its close.
Status serve_lake(OpenLake& lake, const config::Settings& settings, const ServeOptions& options,
                  Machine& machine, telemetry::Log& log, EndSignals& signals) {
  LAKE_TRY(const auto token,
           access::AdminToken::load_or_make(machine.files, machine.random, lake.data_directory()));
  const bool with_sample = options.sample && lake.was_empty();
  if (with_sample) {
    LAKE_CHECK_OK(make_sample(lake.sessions()));
    LAKE_CHECK_OK(import_sample_takeout(lake.sessions(), lake.blobs().store(), machine.files, machine.clock,
                                        lake.metrics(), lake.data_directory()));
    log.info("server.sample_made");
  }
  LAKE_TRY(const auto intake, open_intake(lake, settings, machine, log));
  intake.takeout->start();
  LAKE_CHECK_OK(intake.ingestion->start());
  const http::Services services{lake.sessions(),
                                lake.jobs(),
                                lake.metrics(),
                                log,
                                machine.clock,
                                machine.random,
                                token,
                                {std::string(version::kVersion), std::string(version::kDuckDbVersion)},
                                &lake.blobs(),
                                intake.uploads.get(),
                                intake.takeout.get(),
                                intake.ingestion.get()};
  LAKE_TRY(const auto door, http::Server::open(services, http_options(settings)));
  log.info("server.component_started", {{"component", "http"}, {"url", door->url()}});
  ignore(lake.publish_url(door->url()), "a note for others, which a full disk has no room for");
  print_welcome(machine.files, door->url(), token.reveal(), lake.data_directory(), with_sample);
  const auto signal = signals.wait();
  signals.let_through();
  log.info("server.draining", {{"signal", signal}, {"grace_ms", settings.server.drain_grace.count()}});
  const auto stopped = door->stop(settings.server.drain_grace);
  if (stopped == http::Stopped::kStuck) {
    // Its thread cannot be stopped, and nothing it uses may be taken away. What is committed is on disk.
    log.error("server.left", {{"why", "a statement in planning does not end"}});
    std::_Exit(kFailed);
  }
  log.info("server.component_stopped",
           {{"component", "http"}, {"all_finished", stopped == http::Stopped::kDrained}});
  intake.ingestion->stop();
  intake.takeout->stop();
  return ok();
}

}  // namespace

int serve(const config::Settings& settings, const ServeOptions& options) {
  EndSignals signals;
  Machine machine;
  auto log = telemetry::Log::to_stderr(
      machine.clock, telemetry::log_level_of(settings.log.level).value_or(telemetry::LogLevel::kInfo),
      telemetry::log_format_of(settings.log.format).value_or(telemetry::LogFormat::kText));
  const auto fail = [&log](const Error& error) {
    log.error("server.failed", {{"code", name_of(error.code())}, {"message", error.message()}});
    fmt::print(stderr, "dplake: {}\n", error.message());
    return error.code() == ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
  };
  log.info("server.starting", {{"version", version::kVersion}, {"data", settings.data.directory}});
  auto lake = open(settings, &log);
  if (!lake) return fail(lake.error());
  const auto served = serve_lake(**lake, settings, options, machine, log, signals);
  const auto closed = (*lake)->close(settings.server.drain_grace);
  if (!served) return fail(served.error());
  if (!closed) return fail(closed.error());
  log.info("server.stopped");
  return kDone;
}

}  // namespace lake::server

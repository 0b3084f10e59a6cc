#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/http/body_pipe.hpp"
#include "lake/query/session.hpp"

namespace lake::http {

/// One query between its request and the end of its answer. Threads: any.
class RunningQuery {
 public:
  /// Gives cancel() the session to stop; null when it is about to go.
  void attach(query::Session* session);
  void cancel();
  /// The pipe its answer goes through; lives as long as the query is registered.
  void set_pipe(BodyPipe* pipe) { pipe_ = pipe; }
  /// cancel(), and nobody takes the answer any more.
  void abandon();
  /// For RequestOptions: true once cancelled.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> cancelled() const { return cancelled_; }

 private:
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  Mutex mutex_;
  query::Session* session_ LAKE_GUARDED_BY(mutex_) = nullptr;
  BodyPipe* pipe_ = nullptr;  // set before a worker sees the query
};

/// Queries by request id, so that another request can cancel them. Threads: any. Bounds: those of the
/// connections.
class RunningQueries {
 public:
  /// Errors: kAlreadyExists when a running query has this id.
  Result<std::shared_ptr<RunningQuery>> add(const std::string& id);
  void remove(const std::string& id);
  /// Errors: kNotFound.
  Status cancel(const std::string& id);
  void cancel_all();
  void abandon_all();

 private:
  std::map<std::string, std::shared_ptr<RunningQuery>> all();
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<RunningQuery>> queries_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::http

#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define LAKE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define LAKE_THREAD_ATTRIBUTE(x)
#endif
#define LAKE_GUARDED_BY(x) LAKE_THREAD_ATTRIBUTE(guarded_by(x))
#define LAKE_REQUIRES(...) LAKE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))

namespace lake {

/// A mutex that clang's thread-safety analysis understands; otherwise std::mutex.
class LAKE_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() LAKE_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() LAKE_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  bool try_lock() LAKE_THREAD_ATTRIBUTE(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class LAKE_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) LAKE_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() LAKE_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits for a condition under a Mutex; wait() is called with the Mutex held.
class CondVar {
 public:
  void wait(Mutex& mutex) LAKE_REQUIRES(mutex) { condition_.wait(mutex); }
  template <class Duration>
  std::cv_status wait_for(Mutex& mutex, Duration timeout) LAKE_REQUIRES(mutex) {
    return condition_.wait_for(mutex, timeout);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace lake

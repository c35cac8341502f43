package app

import "time"

// sayUnopened is how often the log tells at most that reviews don't open: lists that hold one are asked for all the time.
const sayUnopened = 10 * time.Minute

// unopened counts a review that is listed without what is sealed in it, and logs it once a while. The error names its serial number and,
// where its key is not there, the key.
func (s *service) unopened(err error) {
	s.metrics.unopened.Inc()
	now := time.Now().UnixNano()
	if last := s.said.Load(); now-last > int64(sayUnopened) && s.said.CompareAndSwap(last, now) {
		s.log.Warn("a review does not open and is listed without what is sealed in it", "error", err)
	}
}

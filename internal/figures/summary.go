package figures

import "context"

// Summary is what a scope comes to. Completed affairs have neither evaluation object nor channel: under a filter by them
// Response is empty.
type Summary struct {
	Counts   Counts
	Response Response
	Cases    Cases
}

// Summary is what the scope comes to.
func (s *Service) Summary(ctx context.Context, scope Scope) (Summary, error) {
	counts, err := s.Total(ctx, scope)
	if err != nil {
		return Summary{}, err
	}
	return s.SummaryWith(ctx, scope, counts)
}

// SummaryWith is Summary of a scope whose total is read already.
func (s *Service) SummaryWith(ctx context.Context, scope Scope, total Counts) (summary Summary, err error) {
	summary.Counts = total
	if scope.Entity == "" && scope.Channel == "" {
		if summary.Response, err = s.Response(ctx, scope); err != nil {
			return Summary{}, err
		}
	}
	if summary.Cases, err = s.Cases(ctx, scope); err != nil {
		return Summary{}, err
	}
	return summary, nil
}

// fewest is the least number of reviews whose tags and remarks are shown in public: among fewer a person could be recognised.
const fewest = 5

// Hidden says that these are too few reviews to show their tags or remarks in public.
func (s *Service) Hidden(c Counts) bool { return c.Total() < fewest }

// PublicTags are the tags of a scope as everybody may see them: none where its reviews are too few, and hidden says so.
func (s *Service) PublicTags(ctx context.Context, scope Scope) (tagged Tagged, hidden bool, err error) {
	total, err := s.Total(ctx, scope)
	if err != nil || s.Hidden(total) {
		return Tagged{}, err == nil && total.Total() > 0, err
	}
	tagged, err = s.Tagged(ctx, scope)
	return tagged, false, err
}

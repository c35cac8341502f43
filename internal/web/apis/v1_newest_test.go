package apis

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// counted is a store of figures that counts so many reviews of five stars everywhere.
type counted struct {
	figures.Store
	count int64
}

func (c counted) Sum(_ context.Context, q figures.Query) ([]figures.Row, error) {
	return []figures.Row{{Code: q.From, Counts: figures.Counts{0, 0, 0, 0, c.count}}}, nil
}

func (c counted) Version(context.Context) (string, error) { return "1", nil }

// listed is a store of reviews that lists these.
type listed struct {
	review.Store
	rows []review.Listed
}

func (l *listed) Newest(context.Context, review.Listing) ([]review.Listed, error) { return l.rows, nil }

// The newest reviews show what people said as moderation lets it pass, and nothing of it among fewer than five.
func TestNewestShowsPublishedRemarks(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, beijing.Zone) }
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		t.Fatal(err)
	}
	registry := org.NewRegistry(org.Guangdong(), nil)
	store := &listed{}
	reviews, err := review.NewService(review.Needs{
		Store: store, Places: &review.Placement{Registry: registry, Root: "440000000000"}, Sealer: sealer, Blinder: privacy.NewBlinder(keys),
		Now: now, Lanes: 1, Queue: 1, Batch: 1, Policy: policy,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reviews.Close)
	for _, remark := range []string{"办得很快", "请打138-0013-8000", "他们受贿", ""} {
		record, err := reviews.Record(&review.Review{
			Facts:    review.Facts{Kind: review.Affair, EntityCode: "egovAffair", Stars: 5, EvalTime: now()},
			Personal: review.Personal{UserID: remark, UserName: "张三", Remark: remark},
		})
		if err != nil {
			t.Fatal(err)
		}
		store.rows = append(store.rows, review.Listed{
			Serial: record.Serial, EntityCode: record.EntityCode, Stars: 5, EvalTime: now(), Sealed: record.Sealed, Publication: record.Publication,
		})
	}
	for count, want := range map[int64][]string{4: {"", "", "", ""}, 5: {"办得很快", "请打*************", "", ""}} {
		entities, tags := catalog.NewEntitySet(catalog.Specified()), catalog.NewTags(catalog.National())
		handler := NewHandler(Needs{
			Figures: figures.NewService(figures.Needs{Store: counted{count: count}, Registry: registry, Entities: entities, Tags: tags, Now: now}),
			Reviews: reviews, Registry: registry, Entities: entities, Tags: tags, Root: "440000000000", Now: now, Log: slog.New(slog.DiscardHandler),
		})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/apis/v1/newest", http.NoBody))
		var answer struct {
			Data struct {
				Rows []struct {
					User   string  `json:"user"`
					Remark *string `json:"remark"`
				} `json:"rows"`
			} `json:"data"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range answer.Data.Rows {
			if row.Remark == nil || row.User != "张*" {
				t.Fatalf("got %s", w.Body)
			}
			got = append(got, *row.Remark)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d reviews: %s", count, diff)
		}
	}
}

// Today's hours are of today, whatever period is asked for, and compared with nothing.
func TestHoursAreOfToday(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, beijing.Zone) }
	registry, entities, tags := org.NewRegistry(org.Guangdong(), nil), catalog.NewEntitySet(catalog.Specified()), catalog.NewTags(catalog.National())
	handler := NewHandler(Needs{
		Figures:  figures.NewService(figures.Needs{Store: counted{count: 9}, Registry: registry, Entities: entities, Tags: tags, Now: now}),
		Registry: registry, Entities: entities, Tags: tags, Root: "440000000000", Now: now, Log: slog.New(slog.DiscardHandler),
	})
	for path, want := range map[string][]string{"hours": {"today"}, "regions": {"2026-10", "2026-09"}} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/apis/v1/"+path+"?period=2026-10", http.NoBody))
		var answer struct {
			Data struct {
				Period struct{ Name string }
				Before *struct{ Name string }
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		got := []string{answer.Data.Period.Name}
		if answer.Data.Before != nil {
			got = append(got, answer.Data.Before.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

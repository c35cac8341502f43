package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/frontdb"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/prometheus/client_golang/prometheus"
)

// sources are the front databases that this process pulls, or would, if no other process did.
type sources struct {
	pullers []*affair.Puller
	fronts  []*frontdb.Database
}

// readSources reads the file of sources; without one there are none.
func readSources(file *config.SourcesFile) ([]config.Source, error) {
	var names, required []string
	for _, field := range affair.Fields() {
		names = append(names, field.Name)
		if field.Required {
			required = append(required, field.Name)
		}
	}
	return config.ReadSources(file.Sources, names, required)
}

// newSources prepares the pullers of the sources in the file. No source needs to be there yet.
func newSources(file *config.SourcesFile, affairs *affair.Service, keeper *store.Store, log *slog.Logger) (*sources, error) {
	settings, err := readSources(file)
	if err != nil {
		return nil, err
	}
	all := &sources{}
	owner := ownName()
	for i := range settings {
		front, err := openFront(&settings[i])
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		interval, _, lookBack, _ := settings[i].Durations()
		all.fronts = append(all.fronts, front)
		all.pullers = append(all.pullers, affair.NewPuller(affair.Source{
			Name: settings[i].Name, Front: front, Interval: interval, LookBack: lookBack, PageRows: settings[i].PageRows,
		}, affairs, keeper, owner, time.Now, log))
	}
	return all, nil
}

// ownName tells this process from all others, those that had its number before it included.
func ownName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
}

func openFront(s *config.Source) (*frontdb.Database, error) {
	password, err := s.Password()
	if err != nil {
		return nil, err
	}
	_, settle, _, timeout := s.Durations()
	front, err := frontdb.Open(frontdb.Options{
		Engine: s.Engine(), Host: s.Host(), User: s.User(), Database: s.Database(), Password: password, Parameters: s.Parameters(),
		Table: s.Table, Query: s.Query, Columns: s.Columns, Cursor: s.Cursor, Key: s.Key, Settle: settle, Zone: s.Offset(), Timeout: timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("来源 %s：%w", s.Name, err)
	}
	return front, nil
}

// run pulls until ctx ends. Sources do not wait for each other.
func (s *sources) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, puller := range s.pullers {
		wg.Go(func() { puller.Run(ctx) })
	}
	wg.Wait()
	_ = s.close() // nothing is under way any more
}

func (s *sources) close() error {
	var faults []error
	for _, front := range s.fronts {
		faults = append(faults, front.Close())
	}
	return errors.Join(faults...)
}

// failing are the sources that can't be read now, by their names, each with the kind of trouble.
func (s *sources) failing() map[string]string {
	failing := map[string]string{}
	for _, puller := range s.pullers {
		if state := puller.State(); state.Failing != "" {
			failing[state.Source] = state.Brief
		}
	}
	return failing
}

// What is told of each source. A process that does not pull it itself tells nothing.
var (
	sourceRows = prometheus.NewDesc("haochaping_source_rows_total", "Rows of a source by what became of them, since this process began.",
		[]string{"source", "state"}, nil)
	sourceBehind = prometheus.NewDesc("haochaping_source_behind_seconds",
		"Age of the moment up to which everything at the source is here, as long as that is known.", []string{"source"}, nil)
	sourceFailing = prometheus.NewDesc("haochaping_source_failing", "1 while a source can't be read.", []string{"source"}, nil)
)

// Describe implements prometheus.Collector.
func (s *sources) Describe(to chan<- *prometheus.Desc) {
	to <- sourceRows
	to <- sourceBehind
	to <- sourceFailing
}

// Collect implements prometheus.Collector.
func (s *sources) Collect(to chan<- prometheus.Metric) {
	for _, puller := range s.pullers {
		state := puller.State()
		if state.Standby {
			continue
		}
		for name, n := range map[string]int64{"new": state.New, "changed": state.Changed, "same": state.Same, "rejected": state.Rejected} {
			to <- prometheus.MustNewConstMetric(sourceRows, prometheus.CounterValue, float64(n), state.Source, name)
		}
		failing := 0.0
		if state.Failing != "" {
			failing = 1
		}
		to <- prometheus.MustNewConstMetric(sourceFailing, prometheus.GaugeValue, failing, state.Source)
		if !state.Reached.IsZero() {
			to <- prometheus.MustNewConstMetric(sourceBehind, prometheus.GaugeValue, time.Since(state.Reached).Seconds(), state.Source)
		}
	}
}

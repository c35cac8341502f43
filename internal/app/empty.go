package app

import (
	"errors"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
)

type emptyCommand struct {
	config.Storage
	Yes bool `help:"确认清空：删除全部评价、办件、统计数、工单和会话；应用和大厅保留。"`
}

// Run empties a database of the test environment. A database that production has served refuses for ever.
func (e *emptyCommand) Run(c *console) error {
	if err := e.Check(); err != nil {
		return err
	}
	if !e.Yes {
		return errors.New("将删除全部评价、办件、统计数、工单和会话；确认请加 --yes")
	}
	if err := presentDatabase(&e.Storage); err != nil {
		return err
	}
	s, err := openStore(c, &e.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // everything is committed
	if err := s.CheckSchema(c); err != nil {
		return err
	}
	err = s.Empty(c, config.Testing)
	if errors.Is(err, store.ErrNotTest) {
		return errors.New("这不是测试环境的数据库（serve --environment test 首次启动时确定），不能清空")
	}
	if err != nil {
		return err
	}
	c.printf("已清空\n")
	return nil
}

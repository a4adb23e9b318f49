require('express')().get('/health', (_, r) => r.end()).listen(process.env.PORT);

import { createApp } from 'vue';
import '../style/base.css';
import './screen.css';
import { noteError, watchForErrors } from './page_errors';
import ScreenPage from './ScreenPage.vue';

watchForErrors();
const app = createApp(ScreenPage);
app.config.errorHandler = noteError;
app.mount('#app');
